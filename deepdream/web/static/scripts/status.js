// What is going on, in words.
import { duration, text } from './words.js';

const steps = (s) =>
  [
    s.photos && text('photo_of', { n: s.photo, of: s.photos }),
    text(s.key === 'painting' ? 'scale_of' : 'octave_of', { n: s.octave, of: s.octaves }),
    text('step_of', { n: s.step, of: s.steps }),
    s.left != null && text('left', { time: duration(s.left) }),
  ]
    .filter(Boolean)
    .join(' · ');

const frames = (s) =>
  [text('frame_of', { n: s.frame, of: s.frames }), s.left != null && text('left', { time: duration(s.left) })]
    .filter(Boolean)
    .join(' · ');

// Returns the line below the picture.
export const statusLine = (status) => {
  const s = status || {};
  if (s.key === 'dreaming' || s.key === 'painting') return steps(s);
  if (s.key === 'filming') return frames(s);
  if (!s.key) return '';
  return text(s.key, s.seconds != null ? { ...s, time: duration(s.seconds) } : s);
};

// Returns what is worth reading out: not every step.
export const spokenLine = (value) => {
  const s = value.status || {};
  if (s.key === 'filming') return text('filming');
  if (s.octave) return text('octave_of', { n: s.octave, of: s.octaves });
  return value.preview ? '' : statusLine(s);
};
