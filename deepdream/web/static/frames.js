// Runs before Gradio's scripts. Its trackers of progress, which this page shows nowhere, tell the time of what is under way in
// each frame, and that of the page's own loading never ends (Gradio 6): every open page would keep a processor awake.
{
  const request = window.requestAnimationFrame.bind(window);
  const tellsTime = (act) => /performance\.now\(\)\s*-/.test(act);
  window.requestAnimationFrame = (act) => (tellsTime(act) ? 0 : request(act));
}
