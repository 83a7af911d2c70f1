// Shows the OpenAPI description. Nothing is asked of any other host: the validator's badge is off.
window.addEventListener("load", () => {
  const place = document.getElementById("schema");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.url,
    deepLinking: true,
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
  });
});
