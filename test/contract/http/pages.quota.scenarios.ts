import { expect, it } from 'vitest';
import { stored } from '../../support/stored.js';
import { bucketOn, type Open, onStage, type Stage } from './pages.rig.js';

/** What a person sees who uploads more than the project may store. */
export const quotaScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  const small = () => open({ environment: { QUOTA_STORAGE_BYTES: '1000' } });
  onStage(small, answered, (stage) => {
    on = stage;
  });
  const { bucket, keysBelow } = bucketOn(() => on);

  it('say that there is no room for a file, keep nothing of it and what was there before', async () => {
    const page = await on.owner.get(`${bucket()}?prefix=full/`);
    const files = [new File(['x'.repeat(900)], 'first.txt'), new File(['y'.repeat(200)], 'second.txt')];
    const refused = await on.owner.upload(page, files);
    expect(refused.status).toBe(507);
    expect(refused.text).toContain('second.txt: The project may have 1000 bytes of storage, by this server');
    expect(refused.text).toContain('Stored before it: 1.');
    expect(await keysBelow('full/')).toEqual(['full/first.txt']);
    const over = await on.owner.upload(page, [new File(['z'.repeat(1_100)], 'first.txt')]);
    expect(over.status).toBe(507);
    const { projectId, bucketId } = on.here;
    expect(await stored(on.app.container, projectId, bucketId)).toEqual({ bytes: 905, objects: 2 });
  });
};
