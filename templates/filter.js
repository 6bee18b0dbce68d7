// What the filters of all pages share: the scripts that they count from (filterdata.h), loaded when they are first wanted;
// what is chosen, which is in the address; the controls; the strip of time, of which a range can be dragged.

// Cells: weights by an owner, a series (a thread in a state) and a bin of time.
heatmap.cells = (() => {
  const read = (text) => { // varints in base64
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    let at = 0;
    return {
      more: () => at < bytes.length,
      next() {
        let value = 0, scale = 1;
        for (;; scale *= 128) {
          const byte = bytes[at++];
          value += (byte & 127) * scale;
          if (byte < 128) return value;
        }
      },
    };
  };
  // A table of lists: take(from) reads the next one, of the next owner.
  const table = (bins) => {
    const rows = { owner: [], series: [], bin: [], weight: [], owners: 0 };
    const add = (series, bin, weight) => {
      rows.owner.push(rows.owners);
      rows.series.push(series);
      rows.bin.push(bin);
      rows.weight.push(weight);
    };
    const take = (from) => {
      let series = -1;
      for (let left = from.next(); left > 0; left--) {
        series += from.next() + 1;
        if (bins === 1) {
          add(series, 0, from.next());
          continue;
        }
        let bin = -1;
        for (let some = from.next(); some > 0; some--) {
          const step = from.next();
          bin += (step >> 1) + 1;
          add(series, bin, step & 1 ? from.next() : 1);
        }
      }
      rows.owners++;
    };
    return { rows, take };
  };
  // What passes the filter, added up by owner; bins of the table are so many to one of the filter's.
  const sum = ({ owner, series, bin, weight, owners }, { least, threads, bins }, toOne = 1) => {
    const [first, last] = bins ? [bins[0] * toOne, (bins[1] + 1) * toOne - 1] : [0, Infinity];
    const into = new Float64Array(owners);
    for (let i = 0; i < owner.length; i++) {
      if (series[i] % 3 < least || bin[i] < first || bin[i] > last || (threads && !threads[Math.floor(series[i] / 3)])) continue;
      into[owner[i]] += weight[i];
    }
    return into;
  };
  return { read, table, sum };
})();

// Makes the filters of a page, which says:
//   key, callback         its own key of the address, or ''; what its script calls
//   take(data)            → what it keeps of that: { bins, widened, … }, or { left_out } with words for that in `tooMuch`
//   begin(own, controls)  its controls: controls.select(label, key, all, options), controls.panel
//   limits(own)           → words on what it leaves out
//   choose(filter, own)   adds what its own key chooses; → whether it chooses anything
//   words(filter, own)    → words on that
//   show(filter, own)     shows what passes the filter (null: everything again); → how many samples that are
//   place(button)         puts the button that opens the controls where it belongs
//   recorded              how many samples there are without a filter
// Returns { load, everything, samples }: load() brings the data, → whether it is there; everything() is the filter that all passes;
// samples(filter) how many samples pass, whatever they were in.
heatmap.filters = (page) => {
  const { element, button, choice, view, numbers, cells, top } = heatmap;
  const strip = document.querySelector('.time[data-stacks]');
  if (!strip) return null;
  const KEYS = ['basis', 'process', 'thread', 't', ...(page.key ? [page.key] : [])];
  const STATES = { wall: 0, active: 1, gil: 2 }; // the least of the states that count

  // --- data
  let recording = null, own = null; // what the two scripts bring
  heatmap.recording = (data) => {
    const all = cells.table(data.bins);
    all.take(cells.read(data.all));
    recording = { ...data, all: all.rows };
  };
  heatmap[page.callback] = (data) => { own = data.left_out ? data : page.take(data); };
  const script = (src) => new Promise((done, fail) => {
    document.head.append(element('script', { src, onload: done, onerror: () => fail(new Error(src)) }));
  });
  let loading = null;
  const load = () => (loading ??= Promise.all([script(`${top}recording.js`), script(strip.dataset.stacks)]).then(begin, () => {
    status.textContent = 'What the filters count from could not be loaded.';
    panel.append(status);
    panel.hidden = false;
    return false;
  }));

  // --- what is chosen: names as they are in the address
  const unique = (names) => {
    const seen = new Map();
    return names.map((name) => {
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      return times > 1 ? `${name}.${times}` : String(name);
    });
  };
  const everything = () => ({ least: STATES[recording.basis], threads: null, bins: null });
  const wanted = () => { // from the address; what is unknown is not chosen
    const filter = everything();
    if (view.get('basis') in STATES) filter.least = STATES[view.get('basis')];
    const thread = recording.threadNames.indexOf(view.get('thread')), process = recording.processNames.indexOf(view.get('process'));
    if (thread >= 0 || process >= 0)
      filter.threads = recording.threads.map(([of], index) => (thread < 0 || index === thread) && (process < 0 || of === process));
    const [, from, to] = /^([\d.]+)-([\d.]+)$/.exec(view.get('t') ?? '') ?? [];
    if (from !== undefined && own.bins > 1) {
      // What is written in the address is rounded, by at most a twentieth of a step.
      const first = Math.floor(Number(from) / own.width + 0.06), last = Math.ceil(Number(to) / own.width - 0.06) - 1;
      if (first <= last && first < own.bins) filter.bins = [first, Math.min(last, own.bins - 1)];
    }
    const isChosen = page.choose(filter, own);
    return { filter, plain: filter.least === STATES[recording.basis] && !filter.threads && !filter.bins && !isChosen };
  };
  const samples = (filter) => cells.sum(recording.all, filter, 2 ** own.widened)[0];

  // --- words
  const digits = () => Math.max(0, Math.ceil(-Math.log10(own.width)));
  const seconds = (bin) => (bin * own.width).toFixed(digits() + 1);
  const span = ([first, last]) => `${seconds(first)}-${seconds(last + 1)}`;
  const threadTitle = (index) => {
    const [, tid, name] = recording.threads[index];
    return name ? `${name} ${tid}` : String(tid);
  };
  const words = (filter) => {
    const said = [];
    if (view.get('basis') in STATES && view.get('basis') !== recording.basis) said.push({ wall: 'all states', active: 'active threads', gil: 'holders of the GIL' }[view.get('basis')]);
    if (recording.processNames.includes(view.get('process'))) said.push(`process ${view.get('process')}`);
    if (recording.threadNames.includes(view.get('thread'))) said.push(`thread ${threadTitle(recording.threadNames.indexOf(view.get('thread')))}`);
    if (filter.bins) said.push(`${span(filter.bins).replace('-', '–')} s`);
    return [...said, ...page.words(filter, own)];
  };

  // --- what is there to choose with
  const status = element('output', { className: 'filtered-by' });
  const panel = element('div', { className: 'filters', hidden: true });
  const clear = button('show all', '', () => view.set(Object.fromEntries(KEYS.map((key) => [key, null]))));
  clear.hidden = true;
  const refresh = []; // what shows a choice, when that has changed
  const select = (label, key, all, options) => {
    const list = element('select', { onchange: () => view.set({ [key]: list.value || null }) }, element('option', { value: '' }, all),
      ...options.map(([value, text]) => element('option', { value }, text)));
    panel.append(element('label', {}, label, ' ', list));
    refresh.push(() => { list.value = view.get(key) ?? ''; if (list.selectedIndex < 0) list.value = ''; });
  };
  const begin = () => {
    recording.processNames = unique(recording.processes.map(([pid]) => pid));
    recording.threadNames = unique(recording.threads.map(([, tid]) => tid));
    if (own.left_out) {
      status.textContent = page.tooMuch;
      panel.append(status);
      return false;
    }
    own.width = recording.width * 2 ** own.widened;
    const states = choice('State', { active: 'active', wall: 'wall', GIL: 'gil' }, (state) => view.set({ basis: state === recording.basis ? null : state }));
    panel.append(states);
    refresh.push(() => {
      const state = view.get('basis') in STATES ? view.get('basis') : recording.basis;
      for (const [index, value] of ['active', 'wall', 'gil'].entries()) states.children[index].ariaPressed = String(value === state);
    });
    if (recording.processes.length > 1)
      select('process', 'process', 'all', recording.processes.map(([pid, command], index) => [recording.processNames[index], `${pid} ${command.slice(0, 60)}`]));
    if (recording.threads.length > 1)
      select('thread', 'thread', 'all', recording.threads.map((_, index) => [recording.threadNames[index], threadTitle(index)]));
    page.begin(own, { select, panel });
    const limits = [];
    if (own.bins === 1) limits.push('time is left out here: there were too many different stacks');
    else if (own.widened > 0) limits.push(`time is in ${own.bins} steps of ${Number(own.width.toPrecision(2))} s here`);
    limits.push(...page.limits(own));
    panel.append(clear, status, ...(limits.length > 0 ? [element('small', {}, limits.join('; '))] : []));
    if (own.bins > 1) begins.hidden = finishes.hidden = false;
    return true;
  };

  // --- a range of the strip
  const shades = [element('div', { className: 'shade' }), element('div', { className: 'shade' })];
  const handle = (label) => {
    const made = element('div', { className: 'handle', role: 'slider', tabIndex: 0, ariaLabel: label, hidden: true });
    made.ariaValueMin = '0';
    return made;
  };
  const begins = handle('From'), finishes = handle('Until');
  const range = () => wanted().filter.bins ?? [0, own.bins - 1];
  const setRange = ([first, last]) => view.set({ t: first <= 0 && last >= own.bins - 1 ? null : span([Math.max(0, first), Math.min(own.bins - 1, last)]) });
  const share = (bin) => Math.min(1, (bin * own.width) / Number(strip.dataset.seconds)); // of the strip's width
  const drawRange = (chosen) => {
    const [from, to] = chosen ? [share(chosen[0]), chosen[1] >= own.bins - 1 ? 1 : share(chosen[1] + 1)] : [0, 1];
    shades[0].style.width = `${from * 100}%`;
    shades[1].style.width = `${(1 - to) * 100}%`;
    begins.style.left = `${from * 100}%`;
    finishes.style.left = `${to * 100}%`;
    const [first, last] = chosen ?? [0, own.bins - 1];
    for (const [slider, bin] of [[begins, first], [finishes, last + 1]]) {
      slider.ariaValueMax = String(own.bins);
      slider.ariaValueNow = String(bin);
      slider.ariaValueText = `${seconds(bin)} s`;
    }
  };
  for (const [slider, which] of [[begins, 0], [finishes, 1]]) {
    slider.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const chosen = range();
      chosen[which] = Math.min(Math.max(chosen[which] + step, which === 0 ? 0 : chosen[0]), which === 0 ? chosen[1] : own.bins - 1);
      setRange(chosen);
    });
  }
  let from = null; // where dragging began, in seconds
  const at = (event) => {
    const { left, width } = strip.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1) * Number(strip.dataset.seconds);
  };
  const dragged = (event) => {
    const ends = [from, at(event)].sort((a, b) => a - b).map((time) => Math.min(Math.floor(time / own.width), own.bins - 1));
    return Math.abs(event.clientX - pressedAt) < 4 ? null : ends;
  };
  let pressedAt = 0;
  strip.addEventListener('pointerdown', async (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    strip.setPointerCapture(event.pointerId);
    from = at(event);
    pressedAt = event.clientX;
    if (await load()) return;
    from = null;
  });
  strip.addEventListener('pointermove', (event) => {
    if (from !== null && own?.width && own.bins > 1) drawRange(dragged(event) ?? wanted().filter.bins);
  });
  strip.addEventListener('pointerup', async (event) => {
    if (!(await load()) || from === null || own.bins === 1) return;
    const chosen = dragged(event);
    from = null;
    if (chosen) setRange(chosen);
    else view.set({ t: null });
  });
  strip.addEventListener('pointercancel', () => { from = null; });
  strip.append(shades[0], shades[1], begins, finishes);

  // --- all together
  const choices = () => KEYS.map((key) => view.get(key) ?? '').join('\n');
  let shown = choices().replace(/[^\n]/g, ''); // nothing is chosen
  const showChoices = () => {
    for (const run of refresh) run();
    const { filter, plain } = wanted();
    if (own.bins > 1) drawRange(filter.bins);
    clear.hidden = plain;
    return { filter, plain };
  };
  const update = async () => {
    if (choices() === shown) return;
    shown = choices();
    const before = shown;
    if (!(await load()) || choices() !== before) return;
    const { filter, plain } = showChoices();
    toggle.classList.toggle('on', !plain);
    if (!plain) panel.hidden = false;
    toggle.ariaExpanded = String(!panel.hidden);
    const n = page.show(plain ? null : filter, own);
    status.textContent = plain ? ''
      : `Counts only ${words(filter).join(', ')}: ${numbers.thousands(n)} samples, without filters ${numbers.thousands(page.recorded)}`;
  };
  const toggle = button('filter', 'f', async () => {
    panel.hidden = !panel.hidden;
    toggle.ariaExpanded = String(!panel.hidden);
    if (panel.hidden || !(await load())) return;
    strip.scrollIntoView({ block: 'nearest' });
    showChoices();
  });
  toggle.ariaExpanded = 'false';
  page.place(toggle);
  strip.after(panel);
  view.subscribe(update);
  update();
  return { load, everything, samples };
};
