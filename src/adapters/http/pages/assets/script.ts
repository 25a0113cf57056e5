import { LIVE } from './live.js';

/** Plain JavaScript for browsers as it is served: no backquote, no backslash, no dollar sign before a brace. */
const FORMS = `'use strict';
(() => {
  const alert = document.querySelector('[role=alert]');
  if (alert) alert.focus();

  const form = document.querySelector('form[data-upload]');
  if (!form) return;
  const input = form.querySelector('input[type=file]');
  const button = form.querySelector('button');
  const status = form.querySelector('[data-status]');
  const bar = form.querySelector('progress');
  form.querySelector('[data-drop-hint]').hidden = false;

  const say = (text) => { status.textContent = text; };

  /** Sends one file through the very form; the answer is the page that a browser would have shown. */
  const send = (file, before) => new Promise((resolve) => {
    const data = new FormData();
    for (const field of form.querySelectorAll('input:not([type=file])')) data.append(field.name, field.value);
    data.append(input.name, file, file.name);
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.responseType = 'document';
    let told = -1;
    request.upload.addEventListener('progress', (event) => {
      if (!event.lengthComputable || event.total === 0) return;
      const part = event.loaded / event.total;
      bar.value = before.done + part * before.share;
      const tenth = Math.floor(part * 10);
      // Every tenth is enough for whoever listens to it.
      if (tenth !== told) say('Uploading ' + file.name + ': ' + tenth * 10 + ' %');
      told = tenth;
    });
    const wrong = (page) => {
      const said = page && page.querySelector('[role=alert] p');
      return said ? said.textContent : 'The server could not be reached, or broke the upload off.';
    };
    request.addEventListener('load', () =>
      resolve(request.status === 200 ? { url: request.responseURL } : { wrong: wrong(request.response) }));
    request.addEventListener('error', () => resolve({ wrong: wrong(null) }));
    request.send(data);
  });

  const sendAll = async (files) => {
    const before = document.querySelector('.notice');
    if (before) before.remove();
    status.classList.remove('wrong');
    button.disabled = true;
    bar.hidden = false;
    bar.value = 0;
    let last;
    for (const [index, file] of files.entries()) {
      const answer = await send(file, { done: index / files.length, share: 1 / files.length });
      if (answer.wrong) {
        say(file.name + ' was not uploaded. ' + answer.wrong);
        status.classList.add('wrong');
        bar.hidden = true;
        button.disabled = false;
        return;
      }
      last = answer.url;
    }
    say('Done.');
    location.assign(last);
  };

  form.addEventListener('submit', (event) => {
    const files = Array.from(input.files);
    if (files.length === 0) return;
    event.preventDefault();
    void sendAll(files);
  });

  const holdsFiles = (event) => Array.from(event.dataTransfer.types).includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    form.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) form.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    form.classList.remove('over');
    const files = Array.from(event.dataTransfer.files);
    if (files.length > 0 && !button.disabled) void sendAll(files);
  });
})();
`;

/** What makes the pages nicer where scripts run; without it every form works all the same. */
export const SCRIPT = FORMS + LIVE;
