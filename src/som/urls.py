"""Every page hangs here; each stage brings its own."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("som.home.urls")),
    path("", include("som.web.urls")),
    path("", include("som.access.urls")),
    path("places/", include("som.places.urls")),
    path("people/", include("som.people.urls")),
    path("sampling/", include("som.sampling.urls")),
    path("lab/", include("som.lab.urls")),
    path("notices/", include("som.notices.urls")),
    path("", include("som.results.urls")),
]

handler400 = "som.web.views.bad_request"
handler403 = "som.web.views.forbidden"
handler404 = "som.web.views.not_found"
handler429 = "som.web.views.too_many"
