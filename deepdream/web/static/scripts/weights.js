// What is made larger: targets with weights, as [["conv4_2:17", 1], ...]; plain functions of such lists.

// Returns the layer of a target: "conv4_2" of "conv4_2:17" and of "conv4_2@0.5,0.5".
export const layerOf = (target) => target.split(/[:@]/)[0];

export const without = (list, target) => list.filter((pair) => pair[0] !== target);
export const weighed = (list, target, weight) =>
  list.map((pair) => (pair[0] === target ? [target, Number(weight)] : pair));
export const holds = (list, target) => list.some((pair) => pair[0] === target);

// Returns the list with a target added or taken away; the last one stays.
export const toggled = (list, target) => {
  if (!holds(list, target)) return [...list, [target, 1]];
  return list.length > 1 ? without(list, target) : list;
};

// Returns the list with a layer, or without all that is of it; the layer itself where nothing would be left.
export const toggledLayer = (list, layer) => {
  const rest = list.filter((pair) => layerOf(pair[0]) !== layer);
  if (rest.length === list.length) return [...list, [layer, 1]];
  return rest.length ? rest : [[layer, 1]];
};

// Returns what was typed as [target, weight]: "eyes = 0.5" is ["eyes", 0.5].
export const typed = (words) => {
  const [target, weight] = words.split('=').map((one) => one.trim());
  return [target, Number(weight) || 1];
};

// Returns a weight as it is shown.
export const shownWeight = (weight) =>
  Number(weight)
    .toFixed(2)
    .replace(/\.?0+$/, '');
