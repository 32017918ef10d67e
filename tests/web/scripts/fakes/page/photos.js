// Stands for what reads and writes pictures: a test says when a picture has become a file.
export const openPhoto = async (file) => ({ file, close() {} });
export const planar = ({ file }) => ({ file });
export const canvasOf = () => ({
  canvas: { getContext: () => ({ putImageData() {} }), toBlob: (give) => globalThis.encoding.push(give) },
});
