/**
 * Follows what happens to a file system, and copies what is to be typed elsewhere. Where anything happened the page
 * itself is asked for anew, and its living parts take the place of the old ones: the server alone says how things
 * look. Plain JavaScript for browsers as it is served: no backquote, no backslash, no dollar sign before a brace.
 */
export const LIVE = `
(() => {
  const offerCopies = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll('button[data-copy]')) button.hidden = false;
  };
  offerCopies(document);
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-copy]');
    if (!button) return;
    const said = document.querySelector('[data-copied]');
    const text = document.getElementById(button.dataset.copy).textContent;
    navigator.clipboard.writeText(text).then(
      () => { said.textContent = 'Copied: ' + button.dataset.name + '.'; },
      () => { said.textContent = 'The browser did not allow copying.'; });
  });

  const follow = document.querySelector('[data-events]');
  if (!follow) return;

  /** Who had the focus has it still, on what came in its place. */
  const replace = (old, fresh) => {
    offerCopies(fresh);
    if (old.isEqualNode(fresh)) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : undefined;
    old.replaceChildren(...fresh.childNodes);
    if (focused !== undefined) (document.getElementById(focused) || old).focus();
  };

  const put = (page) => {
    const fresh = page && page.querySelector('[data-events]');
    if (!fresh) return;
    follow.dataset.version = fresh.dataset.version;
    for (const old of document.querySelectorAll('[data-live]')) {
      const part = page.getElementById(old.id);
      if (part) replace(old, part);
    }
  };

  let asking = false;
  let askAgain = false;
  let gone = false;
  const ask = () => {
    askAgain = asking;
    if (asking) return;
    asking = true;
    // What comes in one go is looked at once.
    setTimeout(load, 50);
  };
  const load = () => {
    if (gone) return;
    const request = new XMLHttpRequest();
    request.open('GET', location.pathname);
    request.responseType = 'document';
    request.addEventListener('loadend', () => {
      asking = false;
      if (request.status === 200) put(request.response);
      if (askAgain) ask();
    });
    request.send();
  };

  const source = new EventSource(follow.dataset.events);
  const news = (event) => { if (event.lastEventId !== follow.dataset.version) ask(); };
  source.addEventListener('status', news);
  source.addEventListener('flush', news);
  source.addEventListener('deleted', () => {
    gone = true;
    source.close();
    location.assign(follow.dataset.gone);
  });
  source.addEventListener('open', () => { follow.hidden = true; });
  source.addEventListener('error', () => { follow.hidden = false; });
})();
`;
