import { ContainerModule } from 'inversify';
import { type PaymentConfig, processorOf } from '../payments.js';
import { ports } from '../tokens.js';

/** Who takes payments. */
export const paymentsModule = (config: PaymentConfig) =>
  new ContainerModule(({ bind }) => {
    bind(ports.processor).toConstantValue(processorOf(config));
  });
