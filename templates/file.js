// A file's page: which number is the heat, from one hot line to the next, the whole file at a glance.
heatmap.ready('file', () => {
  const { element, button, choice, themeButton } = heatmap;
  const rows = [...document.querySelectorAll('.code tr[class]')];
  let letter = 's'; // s, t: the classes of the heat that is shown
  const step = (row) => Number(new RegExp(`\\b${letter}(\\d)`).exec(row.className)?.[1] ?? 0);

  // --- the next hot line: of the upper half of the scale, from where one is
  const HOT = 5;
  const target = () => document.querySelector('tr:target');
  const go = (direction) => {
    const hot = rows.filter((row) => step(row) >= HOT);
    if (direction < 0) hot.reverse();
    const middle = innerHeight / 3;
    const here = target();
    const next = hot.find((row) => {
      if (here) return direction * (Number(row.id.slice(1)) - Number(here.id.slice(1))) > 0;
      return direction * (row.getBoundingClientRect().top - middle) > 0;
    }) ?? hot[0];
    if (next) location.replace(`#${next.id}`); // one step back leads out of the page
  };

  // --- the whole file at a glance, beside the scroll bar
  const SVG = 'http://www.w3.org/2000/svg';
  const map = document.createElementNS(SVG, 'svg');
  map.setAttribute('class', 'map');
  map.setAttribute('aria-hidden', 'true');
  const draw = () => {
    const top = document.body.getBoundingClientRect().top;
    const scale = innerHeight / document.documentElement.scrollHeight;
    map.replaceChildren(...rows.filter((row) => step(row) > 0).map((row) => {
      const box = row.getBoundingClientRect();
      const mark = document.createElementNS(SVG, 'rect');
      mark.setAttribute('class', `s${step(row)}`);
      mark.setAttribute('y', ((box.top - top) * scale).toFixed(1));
      mark.setAttribute('height', Math.max(2, box.height * scale).toFixed(1));
      mark.setAttribute('width', '100%');
      return mark;
    }));
  };
  map.addEventListener('click', (event) =>
    scrollTo(0, (event.clientY / innerHeight) * document.documentElement.scrollHeight - innerHeight / 2));
  new ResizeObserver(draw).observe(document.body); // a fold that opens changes its height

  const heat = (which) => {
    letter = which;
    document.body.classList.toggle('total-heat', which === 't');
    draw();
  };
  document.querySelector('.bar').prepend(element('div', { className: 'tools' },
    choice('Heat', { self: 's', total: 't' }, heat),
    button('next hot line', 'n', () => go(1)), button('previous', 'N', () => go(-1)), themeButton()));
  document.body.append(map);
});
