import { err, ok, type Result } from 'neverthrow';
import { newestFirst, own } from '../lookup.js';
import type { ProductRecord } from '../records.js';
import { productWire } from '../wire/catalogue.js';
import type { World } from '../world.js';
import { endpoint } from './endpoint.js';
import { Created, Flag, listOf, Metadata, orNothing, PAGE, Text } from './fields.js';
import { page, relabelled, within } from './lists.js';
import { invalid, missing, type Refusal } from './refusal.js';

/** The product with this id. */
export const productOf = ({ state }: World, id: string, param?: string): Result<ProductRecord, Refusal> => {
  const found = own(state.products, id);
  return found ? ok(found) : err(missing('product', id, param));
};

/** An id that the caller chooses. */
export const ProductId = Text.regex(/^[A-Za-z0-9][\w-]{0,250}$/);
const ProductFields = {
  active: Flag.optional(),
  description: orNothing(Text).optional(),
  metadata: orNothing(Metadata).optional(),
};

/** Products. */
export const productEndpoints = [
  endpoint(
    'POST /v1/products',
    { ...ProductFields, id: ProductId.optional(), name: Text },
    ({ world, fields }) => {
      const id = fields.id ?? world.id('prod');
      if (own(world.state.products, id))
        return err(
          invalid(`Product already exists: ${id}`, { code: 'resource_already_exists', param: 'id' }),
        );
      const made: ProductRecord = {
        id,
        created: world.now(),
        name: fields.name,
        active: fields.active ?? true,
        description: fields.description ?? null,
        metadata: relabelled({}, fields.metadata),
      };
      world.state.products[id] = made;
      world.tell('product.created', productWire(made));
      return ok(productWire(made));
    },
  ),
  endpoint('GET /v1/products/:id', {}, ({ world, id }) => productOf(world, id).map(productWire)),
  endpoint('POST /v1/products/:id', { ...ProductFields, name: Text.optional() }, ({ world, id, fields }) =>
    productOf(world, id).map((found) => {
      found.name = fields.name ?? found.name;
      found.active = fields.active ?? found.active;
      if (fields.description !== undefined) found.description = fields.description;
      found.metadata = relabelled(found.metadata, fields.metadata);
      return productWire(found);
    }),
  ),
  endpoint(
    'GET /v1/products',
    { ...PAGE, active: Flag.optional(), ids: listOf(Text, 100).optional(), created: Created.optional() },
    ({ world, fields }) =>
      page(
        newestFirst(world.state.products).filter(
          ({ id, active, created }) =>
            (fields.active ?? active) === active &&
            (fields.ids?.includes(id) ?? true) &&
            within(created, fields.created),
        ),
        fields,
        '/v1/products',
        productWire,
      ),
  ),
];
