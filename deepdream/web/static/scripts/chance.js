// Something new: a surprise, four variations, a mixture of two looks; what was drawn stays in a row, each with its link.
import { make, partsOf, refill } from './dom.js';
import { shot } from './strip.js';
import { named, percent, text, translate } from './words.js';

export function chance(piece) {
  const { element, trigger, watch, props } = piece;
  const it = { ...piece, part: partsOf(element) };
  translate(element);
  const locks = [...element.querySelectorAll('[data-lock]')];
  for (const lock of locks) lock.addEventListener('click', () => press(lock));
  const locked = () => locks.filter(closed).map((lock) => lock.dataset.lock);
  it.part('surprise').addEventListener('click', () => trigger('surprise', { locks: locked() }));
  it.part('vary').addEventListener('click', () =>
    trigger('vary', { locks: locked(), how_far: Number(it.part('far').value) }),
  );
  shows(it, 'far', () => {});
  mixture(it);
  const draw = () => {
    for (const name of ['draws', 'offered']) row(it, name, (props.value || {})[name] || []);
  };
  watch('value', draw);
  draw();
}

const closed = (lock) => lock.getAttribute('aria-pressed') === 'true';
const press = (lock) => lock.setAttribute('aria-pressed', String(!closed(lock)));

// Writes a slider's share beside it, and tells of each move.
function shows({ part }, name, moved) {
  const write = () => (part(name + '-shown').textContent = percent(Number(part(name).value)));
  part(name).addEventListener('input', () => {
    write();
    moved();
  });
  write();
}

function mixture(it) {
  const { part, props, trigger } = it;
  const other = part('other');
  const looks = (props.looks || []).map((look) => make('option', { value: look.name }, named(look.key, look.title)));
  other.append(make('option', { value: '' }, text('mix_none')), ...looks);
  const mix = () => {
    if (!other.value) return;
    props.value = { ...props.value, mix: { look: other.value, weight: Number(part('weight').value) } };
    trigger('mix', {});
  };
  other.addEventListener('change', () => {
    part('weight').disabled = !other.value;
    mix();
  });
  shows(it, 'weight', mix);
}

// Each draw is a link to itself, which can be copied and sent; a tap takes it here.
function row({ part, trigger }, name, items) {
  const list = part(name);
  list.hidden = !items.length;
  refill(
    list,
    items.map((item) => {
      const made = shot(item, () => trigger('take', { id: item.id }));
      made.setAttribute('aria-pressed', String(Boolean(item.current)));
      return make(
        'span',
        { class: 'drawn' },
        made,
        make('a', { href: '?r=' + item.id, title: text('draw_link') }, '↗'),
      );
    }),
  );
}
