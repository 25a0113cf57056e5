import type { AnyRoute } from '../../../src/adapters/http/kit/route.js';
import type { TestApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import type { Bodies, Ids } from './rig.js';

/** A route of whichever contract, as far as a test can be derived from it. */
export type DerivedRoute = Pick<
  AnyRoute<never>,
  'operationId' | 'at' | 'auth' | 'request' | 'body' | 'idempotent'
>;

/** Somebody who may do everything, others who may not, and what there is to do it to. */
export type Stage = {
  readonly token: string;
  /** Of somebody who has no part in any of it. */
  readonly stranger?: string;
  /** Tokens of those of whom at least one lacks the right for the route. */
  readonly powerless: (route: DerivedRoute) => readonly string[];
  readonly ids: Ids;
  /** Bodies with which each operation that takes an Idempotency-Key would be carried out. */
  readonly wanted: (app: TestApp, call: Client) => Promise<(route: DerivedRoute) => unknown>;
};

/** One contract, as the tests see it that are derived from its routes. */
export type Subject = {
  readonly routes: readonly DerivedRoute[];
  readonly bodies: Bodies;
  readonly stage: (app: TestApp, call: Client) => Promise<Stage>;
  /** The contract's word for a kind of failure. */
  readonly code: (kind: string) => string;
  readonly codeOf: (answer: Answer) => string;
  /** The fields that the answer complains of. */
  readonly fieldsOf: (answer: Answer) => readonly string[];
};
