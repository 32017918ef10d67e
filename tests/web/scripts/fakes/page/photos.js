export const openPhoto = () => null;
