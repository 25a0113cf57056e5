import { codeFor, freshEmail, world } from '../../support/client.js';
import { payingOf } from './billing.rig.js';
import { fleetOf, makePlatformAdmin } from './fleet.rig.js';
import { allRoutes, BODIES, idsOf, pathParams } from './rig.js';
import type { Stage, Subject } from './subject.js';

/** Path parameters that name what lies in a project. */
const MEMBERS_OF = ['project_id', 'bucket_id', 'conn_id', 'file_system_id', 'gateway_id'];

const stage: Subject['stage'] = async (app, call): Promise<Stage> => {
  const here = await world(app, call);
  const fleet = fleetOf(call, here);
  const fleetIds = { file_system_id: await fleet.made(), gateway_id: await fleet.madeGateway() };
  const ids = { ...idsOf(here), ...fleetIds };
  const { token } = here.owner;
  return {
    token,
    stranger: here.stranger.token,
    powerless: (route) =>
      pathParams(route).some((name) => MEMBERS_OF.includes(name))
        ? [here.member.token, here.key]
        : [here.key],
    ids,
    wanted: async (elsewhere, client) => {
      const json = { email: freshEmail(), role: 'member' };
      await client(`POST /v1/projects/${here.projectId}/memberships`, { token, json });
      const invitation = await codeFor(elsewhere, json.email, /invited/);
      await makePlatformAdmin(elsewhere, here.owner);
      const paying = payingOf(elsewhere, client);
      const prices = paying.prices('prod_one');
      paying.prices('prod_other');
      await paying.sell(token, 'One', prices);
      await paying.subscribe(here.projectId, token, prices.monthly);
      return (route) => {
        const {
          invitation_token: _none,
          connection_id: _or,
          ...body
        } = (bodiesOf(route.operationId)?.(ids) ?? {}) as Record<string, unknown>;
        if ('token' in body) body['token'] = invitation;
        if (route.operationId === 'createApiKey') delete body['project_id'];
        return body;
      };
    },
  };
};

const bodiesOf = (operationId: string) => (BODIES as Subject['bodies'])[operationId];

/** Training Pipes, whose codes are the kinds of failure themselves. */
export const trainingPipesSubject: Subject = {
  routes: allRoutes,
  bodies: BODIES,
  stage,
  code: (kind) => kind,
  codeOf: ({ body }) => body.error.code,
  fieldsOf: ({ body }) => (body.error.details ?? []).map(({ field }: { readonly field: string }) => field),
};
