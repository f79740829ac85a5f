// Sets the chosen theme before the first paint. A classic script, because modules run only after it.
{
  const chosen = localStorage.getItem('safelight-theme')
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen
}
