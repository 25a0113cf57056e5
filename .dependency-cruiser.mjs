const ring = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: `^src/(${to})/` },
});

/** What an adapter folder may use beside itself: adapters/kit for all, knex/kit for those that own tables. */
const SHARED = '^src/adapters/kit/';
const OWNS_TABLES = '^src/adapters/(jobs|blobs|payment-sandbox|embedded-postgres)/';

export default {
  forbidden: [
    ring('domain-knows-nobody', 'domain', 'application|ports|adapters|composition'),
    ring('ports-know-domain-only', 'ports', 'application|adapters|composition'),
    ring('application-knows-ports-not-adapters', 'application', 'adapters|composition'),
    ring('only-main-composes', 'adapters', 'composition'),
    {
      name: 'http-calls-use-cases-only',
      severity: 'error',
      from: { path: '^src/adapters/http/' },
      to: { path: '^src/adapters/(?!http/|kit/)' },
    },
    {
      name: 'adapters-do-not-share',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: OWNS_TABLES },
      to: { path: '^src/adapters/', pathNot: ['^src/adapters/$1/', SHARED] },
    },
    {
      name: 'owners-of-tables-share-the-knex-kit-only',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: '^src/adapters/(?!jobs/|blobs/|payment-sandbox/)' },
      to: { path: '^src/adapters/', pathNot: ['^src/adapters/$1/', SHARED, '^src/adapters/knex/kit/'] },
    },
    {
      name: 'contexts-meet-through-shared',
      severity: 'error',
      from: { path: '^src/(domain|application|ports)/(?!shared/)([^/]+)/' },
      to: {
        path: '^src/(domain|application|ports)/',
        pathNot: '^src/(domain|application|ports)/(shared|$2)/',
      },
    },
    {
      name: 'pure-rings-import-neverthrow-only',
      severity: 'error',
      from: { path: '^src/(domain|ports|application)/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'core'],
        // Calendars are arithmetic too, and easily got wrong.
        pathNot: 'node_modules/(neverthrow|temporal-polyfill|temporal-utils|temporal-spec)',
      },
    },
    {
      name: 'calendars-belong-to-the-domain',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/domain/' },
      to: { path: 'node_modules/temporal-polyfill' },
    },
    {
      name: 'one-home-per-driver',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters/(knex|blobs|jobs|embedded-postgres)|composition)/' },
      to: { path: 'node_modules/(knex|pg)/' },
    },
    {
      name: 'container-stays-in-composition',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/composition/' },
      to: { path: 'node_modules/(inversify|reflect-metadata)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { pathNot: '^src/domain/shared/', orphan: true, path: '^src/' },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
