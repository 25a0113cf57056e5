import type { SettingsSummaryView } from '../../../application/entitlements/workspaces/views.js';
import { html } from '../kit/html.js';
import type { PageParts } from '../pages/kit/layout.js';
import { route } from './contract.js';
import { inWorkspace, type Worker } from './guards.js';
import { aroundWorkspace, banner, fact, keyDate, posturePill, SOURCES, view } from './parts.js';
import { presentSettings } from './present.js';
import { SettingsDto } from './views-schemas.js';

type Settings = { readonly csrf: string; readonly member: Worker; readonly shown: SettingsSummaryView };

const settingsView = ({ member, shown }: Settings): PageParts => ({
  ...aroundWorkspace(member, 'settings'),
  title: `Settings of ${shown.workspace.name}`,
  main: html`<h1>Settings of <bdi>${shown.workspace.name}</bdi></h1>${banner(shown)}
<section class="card" aria-labelledby="commercial"><h2 id="commercial">Commercial standing</h2><dl class="facts">
${fact('Posture', posturePill(shown.stateLabel, shown.outcome))}
${shown.outcome === 'allow' && fact('It means', shown.explanation)}
${fact('It comes from', SOURCES[shown.source])}
${keyDate(shown.keyDate)}
${fact('Workspace number', String(shown.workspace.number))}</dl>
<p class="soft">Whoever runs this server keeps the record; nothing of it can be changed here.</p></section>`,
});

export const getWorkspaceSettings = route({
  operationId: 'getWorkspaceSettings',
  at: 'GET /admin/settings/workspace',
  summary: 'How the workspace stands commercially, to be read',
  auth: inWorkspace('admin'),
  run: ({ workspaces }, { principal: member }) =>
    workspaces.settingsSummary(member).map((shown): Settings => ({ csrf: member.csrf, member, shown })),
  reply: view(settingsView, SettingsDto, ({ shown }) => presentSettings(shown)),
  errors: {},
});
