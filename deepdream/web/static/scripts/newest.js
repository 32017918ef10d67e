// One picture loads at a time and then the newest: on a slow line some are skipped, and none is cut off half way.

// load(url) fetches a picture; put(url) shows it.
export function newestPicture(load, put) {
  let wanted = null;
  let shown = null;
  let loading = false;
  const show = async (url) => {
    wanted = url;
    if (loading) return;
    loading = true;
    while (wanted && wanted !== shown) {
      const next = wanted;
      try {
        await load(next);
        if (wanted) put(next);
        shown = wanted && next;
      } catch {
        if (wanted === next) wanted = null; // the line is cut: asked for again, it is loaded again
      }
    }
    loading = false;
  };
  const forget = () => {
    wanted = shown = null;
  };
  return { show, forget };
}

// Fetches and decodes a picture, so that it can be shown without a flash.
export const fetchPicture = (url) => {
  const image = new Image();
  image.src = url;
  return image.decode();
};
