// A process that runs the local provider: serves one export, says so, and lives until it is killed.
import { rcloneProvider } from '../../dist/adapters/rclone/provider.js';
import { systemClock } from '../../dist/adapters/system/clock.js';
import { systemRandom } from '../../dist/adapters/system/random.js';

const { options, spec, token, wanted } = JSON.parse(process.argv[2]);
const provider = rcloneProvider({
  ...options,
  ownEndpoints: () => [wanted.address.endpoint],
  clock: systemClock,
  random: systemRandom,
});
const { ref } = (await provider.instances.ensure(spec, token))._unsafeUnwrap();
const [state] = (await provider.control.exports(ref, [wanted]))._unsafeUnwrap();
process.stdout.write(`serves ${JSON.stringify(state)}\n`);
setInterval(() => undefined, 60_000);
