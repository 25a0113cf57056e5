import { describe } from 'vitest';
import { s3BodiesScenarios } from './s3.bodies.scenarios.js';
import { s3CasesScenarios } from './s3.cases.scenarios.js';
import { s3KeptHeadersScenarios } from './s3.kept-headers.scenarios.js';
import { s3KeysProperty } from './s3.keys.property.js';
import { s3MultipartScenarios } from './s3.multipart.scenarios.js';
import { s3ObjectsScenarios } from './s3.objects.scenarios.js';
import { s3QuotaScenarios } from './s3.quota.scenarios.js';
import { s3RefusalsScenarios } from './s3.refusals.scenarios.js';
import type { OpenS3 } from './s3.rig.js';
import { s3SignaturesScenarios } from './s3.signatures.scenarios.js';

/** All of `/s3`, on whatever managed buckets live in. */
export const s3Contract = (name: string, open: OpenS3, keyRuns: number) =>
  describe(`/s3: ${name}`, () => {
    s3ObjectsScenarios(open, 'as it comes', {});
    s3ObjectsScenarios(open, 'checksums only when required', {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    s3MultipartScenarios(open);
    s3SignaturesScenarios(open);
    s3BodiesScenarios(open);
    s3KeptHeadersScenarios(open);
    s3KeysProperty(open, keyRuns);
    s3RefusalsScenarios(open);
    s3QuotaScenarios(open);
    s3CasesScenarios(open);
  });
