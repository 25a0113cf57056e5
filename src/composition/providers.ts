import type { GatewayProvider } from '../domain/fleet/gateway.js';
import type { Offer, Provider, Providers } from '../ports/fleet/providers.js';

/** A provider that works here, with what it offers. */
export type Working = { readonly provider: Provider; readonly offer: Offer };

const HINTS: Readonly<Record<GatewayProvider, string>> = {
  aws: 'gateways on EC2 need a machine image that this version does not have',
  gcp: 'gateways on Compute Engine need a machine image that this version does not have',
  local: 'install the package rclone on this host',
};

/** Providers by their names; those that do not work here say what is missing. */
export const providersOf = (
  working: readonly Working[],
  hints: Partial<Record<GatewayProvider, string>> = {},
): Providers => ({
  offers: () => working.map(({ offer }) => offer),
  get: (name) =>
    working.find(({ provider }) => provider.name === name)?.provider ?? {
      kind: 'provider_not_configured',
      provider: name,
      hint: hints[name] ?? HINTS[name],
    },
});
