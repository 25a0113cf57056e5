import { DAY, HOUR, plus } from '../../../src/domain/shared/time.js';
import { GB, meters } from '../../contract/http/usage.rig.js';
import { NOW, type TestApp } from '../../support/app.js';
import { clientOf } from '../../support/client.js';

/** Two thirds of a cent for a gigabyte's day. */
const PRICE = 6_670n;
const DAYS = 40;
const IN_GB = [40, 60, 55, 90, 30];

/** Forty days in the life of a project: a bucket that grows, and a file system that runs in working hours. */
export const usedFor = async (app: TestApp, projectId: string, bucketId: string): Promise<void> => {
  const meter = meters(app, clientOf(app), '');
  await meter.priced(PRICE, plus(NOW, -DAYS * DAY));
  const bucket = { id: bucketId, project_id: projectId, bucket_name: '' };
  const fileSystem = await meter.fileSystem(projectId, {
    source: { kind: 'bucket', id: bucketId },
    status: 'stopped',
    phase: 'stopped',
    desired: 'stopped',
  });
  for (let n = DAYS; n > 0; n -= 1) {
    const morning = plus(NOW, -n * DAY - 4 * HOUR);
    await meter.change(bucket, morning, { bytes: (IN_GB[n % IN_GB.length] ?? 0) * GB, objects: 12 });
    if (n % 7 > 1)
      await meter.ran(fileSystem, morning, plus(morning, (6 + (n % 4)) * HOUR), 'local/local.large');
  }
};
