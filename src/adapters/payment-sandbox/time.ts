import { collect } from './billing/invoices.js';
import { billLast, givenUpAt, giveUp, turnOver, turnsAt } from './billing/subscriptions.js';
import type { Seconds } from './records.js';
import { sessionWire } from './wire/session.js';
import type { World } from './world.js';

type Due = { readonly at: Seconds; readonly run: (world: World) => void };

/** Everything that will happen by itself, with when. */
const agenda = ({ state }: World): readonly Due[] => [
  ...Object.values(state.subscriptions).flatMap((subscription): readonly Due[] => {
    const { status } = subscription;
    if (status === 'incomplete')
      return [{ at: givenUpAt(subscription), run: (world) => giveUp(world, subscription) }];
    if (status === 'active' || status === 'past_due')
      return [{ at: turnsAt(subscription), run: (world) => turnOver(world, subscription) }];
    const { lastInvoiceAt } = subscription;
    return lastInvoiceAt ? [{ at: lastInvoiceAt, run: (world) => billLast(world, subscription) }] : [];
  }),
  ...Object.values(state.invoices).flatMap((invoice): readonly Due[] =>
    invoice.status === 'open' && invoice.nextAttempt !== null
      ? [{ at: invoice.nextAttempt, run: (world) => void collect(world, invoice) }]
      : [],
  ),
  ...Object.values(state.sessions).flatMap((session): readonly Due[] =>
    session.status === 'open'
      ? [
          {
            at: session.expiresAt,
            run: (world) => {
              session.status = 'expired';
              world.tell('checkout.session.expired', sessionWire(state, session, world.base));
            },
          },
        ]
      : [],
  ),
];

const soonest = (world: World): Due | undefined =>
  agenda(world).reduce<Due | undefined>(
    (first, due) => (first === undefined || due.at < first.at ? due : first),
    undefined,
  );

/** Does what has become due up to this moment, each thing at its own time and in order. */
export const catchUp = (world: World, until: Seconds): void => {
  const { state } = world;
  for (let due = soonest(world); due !== undefined && due.at <= until; due = soonest(world)) {
    state.caughtUp = Math.max(state.caughtUp, due.at);
    world.at = state.caughtUp;
    due.run(world);
  }
  world.at = null;
  state.caughtUp = Math.max(state.caughtUp, until);
};
