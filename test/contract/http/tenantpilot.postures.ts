const PERIOD = {
  current_period_starts_at: '2026-01-01T00:00:00Z',
  current_period_ends_at: '2026-02-01T00:00:00Z',
};

/** The six ways in which a workspace can stand, each with what makes it so and what comes of it. */
export const POSTURES = [
  {
    name: 'no record',
    command: undefined,
    view: { source: 'default_active_paid', derived_lifecycle_state: 'active_paid', state: null },
    label: 'Active',
    outcome: 'allow',
    keyDate: undefined,
  },
  {
    name: 'trial',
    command: { state: 'trial', trial_ends_at: '2026-01-20T00:00:00Z', status_reason: 'a fortnight to look' },
    view: { source: 'workspace_subscription', derived_lifecycle_state: 'trial', state: 'trial' },
    label: 'Trial',
    outcome: 'allow',
    keyDate: 'Trial ends',
  },
  {
    name: 'active',
    command: { state: 'active', ...PERIOD, status_reason: 'paid', billing_reference: 'PO-17' },
    view: {
      source: 'workspace_subscription',
      derived_lifecycle_state: 'active_paid',
      state: 'active',
      billing_reference: 'PO-17',
    },
    label: 'Active',
    outcome: 'allow',
    keyDate: 'Current period ends',
  },
  {
    name: 'past due',
    command: { state: 'past_due', ...PERIOD, status_reason: 'the invoice is open' },
    view: { source: 'workspace_subscription', derived_lifecycle_state: 'grace', state: 'past_due' },
    label: 'Grace period',
    outcome: 'warn',
    keyDate: 'Unpaid period ends',
  },
  {
    name: 'cancelling',
    command: { state: 'cancel_at_period_end', ...PERIOD, status_reason: 'they leave' },
    view: {
      source: 'workspace_subscription',
      derived_lifecycle_state: 'active_paid',
      state: 'cancel_at_period_end',
    },
    label: 'Active',
    outcome: 'warn',
    keyDate: 'Access ends',
  },
  {
    name: 'ended',
    command: {
      state: 'ended',
      current_period_ends_at: '2026-01-10T00:00:00Z',
      status_reason: 'they left',
      billing_reference: null,
    },
    view: {
      source: 'workspace_subscription',
      derived_lifecycle_state: 'suspended_read_only',
      state: 'ended',
    },
    label: 'Suspended, read only',
    outcome: 'block',
    keyDate: 'Ended',
  },
] as const;
