import { expect, it } from 'vitest';
import { type Answer, type Call, clientOf, type Person, world } from '../../support/client.js';
import {
  moodsOf,
  REQUESTS,
  readable,
  S3_SECRET,
  saidText,
  theirBucket,
  toldText,
} from './connections-secrets.rig.js';
import { changedStore } from './containers.js';
import type { Open } from './rig.js';

/** The whole life of a connection, after which nobody has read a secret anywhere. */
export const connectionsSecretsScenarios = (open: Open, answered: Set<string>) => {
  it.each(['s3compat', 'gcp'] as const)(
    'are nowhere to be read in the life of one of %s',
    async (provider) => {
      const moods = moodsOf(provider);
      let mood = 'willing';
      const app = await open({
        override: changedStore('connections', (store) => moods[mood]?.(store) ?? {}),
      });
      const call = clientOf(app);
      const there = await world(app, call, '/q');
      await theirBucket(app, provider);
      const answers: Answer[] = [];
      const ask = async (at: string, { token }: Person, more: Omit<Call, 'token'> = {}) => {
        const answer = await call(at, { token, ...more });
        answers.push(answer);
        return answer;
      };
      const { admin, member, projectId } = there;
      const json = REQUESTS[provider];
      const connections = `/v1/projects/${projectId}/connections`;
      const headers = { 'idempotency-key': 'the-only-one' };
      const { id } = (await ask(`POST ${connections}`, admin, { json, headers })).body;
      expect((await ask(`POST ${connections}`, admin, { json, headers })).body.id).toBe(id);
      for (const over of [
        { region: '?' },
        { uri: 'x' },
        { s3_spec: 7 },
        { secret_access_key: `${S3_SECRET} ` },
      ])
        expect((await ask(`POST ${connections}`, admin, { json: { ...json, ...over } })).status).toBe(400);
      const broken = JSON.stringify(json).slice(0, -1);
      const asJson = { 'content-type': 'application/json' };
      expect((await ask(`POST ${connections}`, admin, { bytes: broken, headers: asJson })).status).toBe(400);

      for (mood of Object.keys(moods)) {
        for (const who of [admin, member]) {
          await ask(`GET ${connections}`, who);
          await ask(`GET /v1/connections/${id}`, who);
        }
        expect((await ask(`POST /v1/connections/${id}:verify`, admin)).status).toBe(200);
        const objects = `/v1/connections/${id}/objects`;
        await ask(`PUT ${objects}?key=d/k`, member, { bytes: 'x' });
        for (const at of [
          `GET ${objects}`,
          `GET ${objects}/download?key=d/k`,
          `GET ${objects}/download?key=d&recursive=true`,
          `DELETE ${objects}?key=d/k`,
          `DELETE ${objects}?key=d&recursive=true`,
        ])
          await ask(at, member);
        expect(readable(await app.everyRow())).toEqual([]);
        app.clock.advance(120_000);
        await app.drain();
      }
      expect((await ask(`DELETE /v1/connections/${id}`, admin)).status).toBe(204);
      await app.drain();

      const told = answers.map(toldText).join('\n');
      expect(answers.length).toBeGreaterThan(40);
      for (const text of [told, saidText(app.said), await app.everyRow()]) expect(readable(text)).toEqual([]);
      expect(told).toContain('[secret]');
      for (const line of app.answered) answered.add(line);
      await app.close();
    },
  );
};
