import { ContainerModule } from 'inversify';
import { systemAccessTokens } from '../../adapters/system/access-tokens.js';
import { systemChecksums } from '../../adapters/system/checksums.js';
import { systemClock } from '../../adapters/system/clock.js';
import { systemCrc32 } from '../../adapters/system/crc32.js';
import { systemDigest } from '../../adapters/system/digest.js';
import { systemIds } from '../../adapters/system/ids.js';
import type { KeyRing } from '../../adapters/system/key-ring.js';
import { systemLinkTokens } from '../../adapters/system/link-tokens.js';
import { systemOrganizationTokens } from '../../adapters/system/organization-tokens.js';
import { systemPageTokens } from '../../adapters/system/page-tokens.js';
import { systemPasswords } from '../../adapters/system/passwords.js';
import { systemPause } from '../../adapters/system/pause.js';
import { systemRandom } from '../../adapters/system/random.js';
import { systemSealer } from '../../adapters/system/sealer.js';
import { ports } from '../tokens.js';

/** Time, chance and cryptography of this machine. */
export const systemModule = (ring: KeyRing) =>
  new ContainerModule(({ bind }) => {
    bind(ports.clock).toConstantValue(systemClock);
    bind(ports.ids).toConstantValue(systemIds);
    bind(ports.random).toConstantValue(systemRandom);
    bind(ports.digest).toConstantValue(systemDigest);
    bind(ports.crc32).toConstantValue(systemCrc32);
    bind(ports.checksums).toConstantValue(systemChecksums);
    bind(ports.pause).toConstantValue(systemPause);
    bind(ports.passwords)
      .toResolvedValue(() => systemPasswords())
      .inSingletonScope();
    bind(ports.sealer).toConstantValue(systemSealer(ring));
    bind(ports.pageTokens).toConstantValue(systemPageTokens(ring));
    bind(ports.linkTokens).toConstantValue(systemLinkTokens(ring));
    bind(ports.organizationTokens).toConstantValue(systemOrganizationTokens(ring));
    bind(ports.accessTokens).toConstantValue(systemAccessTokens(ring, 'training-pipes'));
    bind(ports.personalTokens).toConstantValue(systemAccessTokens(ring, 'datilio'));
  });
