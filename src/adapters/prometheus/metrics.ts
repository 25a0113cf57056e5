import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export type Metrics = {
  readonly request: (line: {
    readonly operationId: string;
    readonly status: number;
    readonly ms: number;
  }) => void;
  readonly job: (kind: string, outcome: 'done' | 'failed') => void;
  readonly text: () => Promise<string>;
};

const MS = 1_000;

/** A registry of this process's own: two servers in one process do not count into each other. */
export const prometheusMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'tollhouse_request_seconds',
    help: 'Requests by operation and status, with the time to the last byte',
    labelNames: ['operation', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [registry],
  });
  const jobs = new Counter({
    name: 'tollhouse_jobs_total',
    help: 'Attempts at jobs by kind and outcome',
    labelNames: ['kind', 'outcome'] as const,
    registers: [registry],
  });
  return {
    request: ({ operationId, status, ms }) =>
      requests.observe({ operation: operationId, status: String(status) }, ms / MS),
    job: (kind, outcome) => jobs.inc({ kind, outcome }),
    text: () => registry.metrics(),
  };
};
