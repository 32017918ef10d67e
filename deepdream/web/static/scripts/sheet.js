// On a phone: the controls in parts, of which one is open below a picture that stays; tabs in thumb's reach open them.
import { make, partsOf } from './dom.js';
import { text, translate } from './words.js';

export const NARROW = '(max-width: 760px)'; // as in sheet.css
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const SLACK = 6; // pixels that a finger moves in a tap

// Returns which of `count` tabs a key leads to from the one at `at`; undefined where it leads nowhere.
export const ledTo = (key, at, count) => {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return key in STEPS ? (at + STEPS[key] + count) % count : undefined;
};

// props.parts: the names of the parts, as in the classes `part-...` of the room's columns.
export function sheet({ element, props }) {
  const room = element.closest('.room');
  const tabs = props.parts.map((name) => tabOf(room, name));
  const open = (tab) => {
    room.dataset.open = tab.dataset.name;
    room.removeAttribute('data-folded');
    for (const each of tabs) {
      each.setAttribute('aria-selected', String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    window.dispatchEvent(new Event('resize')); // what is within has its sizes only now
  };
  const choose = (tab) => {
    open(tab);
    scrollTo({ top: Math.min(scrollY, scrollY + room.getBoundingClientRect().top) }); // to the beginning of the part
  };
  translate(element);
  partsOf(element)('tabs').append(...tabs);
  element.addEventListener('click', ({ target }) => target.role === 'tab' && choose(target));
  element.addEventListener('keydown', (event) => {
    const next = tabs[ledTo(event.key, tabs.indexOf(event.target), tabs.length)];
    if (!next) return;
    event.preventDefault();
    choose(next);
    next.focus();
  });
  room.querySelector('.stage .line').after(gripOf(room));
  whereNarrow(room, tabs);
  open(tabs[0]);
}

function tabOf(room, name) {
  const ids = [...room.querySelectorAll('.part-' + name)].map((panel, at) => {
    panel.id ||= [room.closest('[role=tabpanel]')?.id || 'room', name, at].join('-');
    return panel.id;
  });
  const about = { type: 'button', role: 'tab', 'data-name': name, id: ids[0] + '-tab', 'aria-controls': ids.join(' ') };
  return make('button', about, text('sheet.' + name));
}

// The parts are panels of tabs only where the tabs are to be seen.
function whereNarrow(room, tabs) {
  const query = matchMedia(NARROW);
  const mark = () => {
    for (const tab of tabs) {
      for (const panel of room.querySelectorAll('.part-' + tab.dataset.name)) {
        if (query.matches)
          Object.entries({ role: 'tabpanel', 'aria-labelledby': tab.id }).forEach((each) =>
            panel.setAttribute(...each),
          );
        else ['role', 'aria-labelledby'].forEach((each) => panel.removeAttribute(each));
      }
    }
  };
  query.addEventListener('change', mark);
  mark();
}

// The edge between picture and controls: drawn down, or tapped, it gives the picture the whole screen.
function gripOf(room) {
  const grip = make('button', {
    type: 'button',
    class: 'grip',
    'aria-label': text('sheet.grip'),
    'aria-expanded': 'true',
  });
  let held = null;
  const fold = (folded) => {
    room.toggleAttribute('data-folded', folded);
    grip.setAttribute('aria-expanded', String(!folded));
  };
  const turn = () => fold(!room.hasAttribute('data-folded'));
  const lift = ({ type }) => {
    if (!held) return;
    room.style.removeProperty('--pinned');
    if (Math.abs(held.by) > SLACK) fold(held.by > 0);
    else if (type === 'pointerup') turn(); // however long the finger stayed: after half a second no click would follow
    held = null;
  };
  grip.addEventListener('pointerdown', (event) => {
    held = { from: event.clientY, height: room.querySelector('.frame').offsetHeight, by: 0 };
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener('pointermove', (event) => {
    if (!held) return;
    held.by = event.clientY - held.from;
    room.style.setProperty('--pinned', Math.max(80, held.height + held.by) + 'px');
  });
  grip.addEventListener('pointerup', lift);
  grip.addEventListener('pointercancel', lift);
  grip.addEventListener('click', ({ detail }) => detail || turn()); // 0: by a key, not by a pointer
  new MutationObserver(() => grip.setAttribute('aria-expanded', String(!room.hasAttribute('data-folded')))).observe(
    room,
    {
      attributeFilter: ['data-folded'],
    },
  );
  return grip;
}
