import { request } from 'node:http';
import { expect, it } from 'vitest';
import { bucketOn, filesForm, type Open, onStage, type Stage } from './pages.rig.js';

const MIB = 1024 * 1024;

export const uploadScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const { bucket, keysBelow } = bucketOn(() => on);

  it('take names as browsers spell them', async () => {
    const page = await on.owner.get(`${bucket()}?prefix=spelt/`);
    const names = ['say "hi".txt', 'line\r\nbreak', 'ünï 日本.txt', 'plain'];
    await on.owner.upload(
      page,
      names.map((name) => new File(['x'], name)),
    );
    expect(new Set(await keysBelow('spelt/'))).toEqual(new Set(names.map((name) => `spelt/${name}`)));
  });

  it('refuse a file that is too large, and a form without any, and keep nothing', async () => {
    const page = await on.owner.get(`${bucket()}?prefix=bad/`);
    const large = await on.owner.upload(page, [new File(['x'.repeat(MIB + 1)], 'large')]);
    expect([large.status, large.text]).toEqual([413, expect.stringContaining('at most 1048576 bytes')]);
    const both = await on.owner.upload(await on.owner.get(`${bucket()}?prefix=half/`), [
      new File(['x'], 'first.txt'),
      new File(['x'.repeat(MIB + 1)], 'second.bin'),
    ]);
    expect([both.status, both.text]).toEqual([413, expect.stringContaining('second.bin: A file may have')]);
    expect(both.text).toContain('Stored before it: 1.');
    expect(await keysBelow('half/')).toEqual(['half/first.txt']);
    const address = `${bucket()}?prefix=bad/`;
    for (const files of [[], [new File([], '')]])
      expect((await on.owner.post(address, filesForm(on.csrf.owner, files))).text).toContain('Choose a file');
    expect(await keysBelow('bad/')).toEqual([]);
  });

  it('keep nothing of a file whose form is not whole', async () => {
    const form = [
      ['Content-Disposition: form-data; name="csrf"', on.csrf.owner],
      ['Content-Disposition: form-data; name="file"; filename="cut.txt"', 'the beginning of'],
    ].map(([head, content]) => `--cut\r\n${head}\r\n\r\n${content}\r\n`);
    const type = { 'content-type': 'multipart/form-data; boundary=cut' };
    const address = `${bucket()}?prefix=cut/`;
    const cut = await on.owner.post(address, form.join(''), type);
    expect([cut.status, cut.text]).toEqual([400, expect.stringContaining('role="alert"')]);
    expect(await keysBelow('cut/')).toEqual([]);
    // The same, whole: it was the cut that kept it out.
    expect((await on.owner.post(address, `${form.join('')}--cut--\r\n`, type)).status).toBe(303);
    expect(await keysBelow('cut/')).toEqual(['cut/cut.txt']);
    // A token that comes after its file comes too late.
    const late = await on.owner.post(address, `${[...form].reverse().join('')}--cut--\r\n`, type);
    expect(late.status).toBe(403);
  });

  it('keep nothing of a file whose sender leaves in the middle', async () => {
    const head = `--cut\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${on.csrf.owner}\r\n--cut\r\n`;
    const part = 'Content-Disposition: form-data; name="file"; filename="left.txt"\r\n\r\nthe beginning';
    const session = on.owner.jar.get('tollhouse_session') ?? '';
    const headers = {
      origin: on.app.url,
      cookie: `tollhouse_session=${session}`,
      'content-type': 'multipart/form-data; boundary=cut',
      'content-length': '100000',
    };
    const sent = request(`${on.app.url}${bucket()}?prefix=left/`, { method: 'POST', headers });
    const gone = new Promise((resolve) => sent.once('error', resolve));
    sent.write(head + part);
    await new Promise((resolve) => setTimeout(resolve, 50));
    sent.destroy(new Error('away'));
    await gone;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await keysBelow('left/')).toEqual([]);
  });
};
