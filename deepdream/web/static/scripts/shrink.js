// Photos made smaller before they are sent: phones take 48 megapixels where one is wanted.

const SPARE = 1.1; // a photo that is hardly too large is sent as it is
const ENDS = 65536; // bytes at either end of a file, in which settings stand

// Returns the size [width, height] that a photo is sent in; null where it is sent as it is. side: the longer side, 0: all.
export const sentSize = (width, height, side) => {
  const longer = Math.max(width, height);
  if (!side || longer <= side * SPARE) return null;
  return [width, height].map((each) => Math.max(1, Math.round((each * side) / longer)));
};

// Says whether a file is a dream of ours, with its settings inside: those must not be lost.
export const holdsSettings = async (file) =>
  (await Promise.all([file.slice(0, ENDS), file.slice(-ENDS)].map((part) => part.text()))).join().includes('deepdream');

// Returns the file, or a smaller one of the same picture where the browser can read it.
export async function shrunk(file, side) {
  if (!side || !file.type.startsWith('image/') || /gif|svg/.test(file.type) || (await holdsSettings(file))) return file;
  let picture = null;
  try {
    picture = await createImageBitmap(file);
    const size = sentSize(picture.width, picture.height, side);
    return size ? await drawn(picture, size, file) : file;
  } catch {
    return file; // such as HEIC in most browsers: the server reads it
  } finally {
    picture?.close();
  }
}

async function drawn(picture, [width, height], file) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const ink = canvas.getContext('2d');
  ink.imageSmoothingQuality = 'high';
  ink.drawImage(picture, 0, 0, width, height);
  const type = file.type === 'image/jpeg' ? 'image/jpeg' : 'image/png'; // others may be transparent
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, 0.95));
  canvas.width = canvas.height = 0; // phones keep few large canvases
  return blob ? new File([blob], file.name, { type: blob.type }) : file;
}
