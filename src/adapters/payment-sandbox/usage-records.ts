import type { Kept, Labels, Seconds } from './records.js';

export type MeterRecord = Kept & {
  readonly displayName: string;
  readonly eventName: string;
  readonly formula: 'sum' | 'count' | 'last';
  readonly customerKey: string;
  readonly valueKey: string;
};

export type MeterEventRecord = {
  readonly identifier: string;
  readonly eventName: string;
  readonly customer: string;
  readonly value: number;
  readonly timestamp: Seconds;
  readonly created: Seconds;
  readonly payload: Labels;
};
