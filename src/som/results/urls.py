"""The pages of results."""

from django.urls import path

from som.results import views

app_name = "results"
urlpatterns = [
    path("results/", views.results, name="results"),
    path("results/review/", views.review, name="review"),
    path("results/review/slot/", views.review_slot, name="review_slot"),
    path("results/swab/<int:swab_id>/", views.swab, name="swab"),
    path("results/swab/<int:swab_id>/slip/", views.slip, name="slip"),
    path("results/slips/", views.slips, name="slips"),
    path("results/slips/paper/", views.slips_paper, name="slips_paper"),
    path("results/run/<int:run_id>/slot/", views.run_slot, name="run_slot"),
    path("results/find-person/", views.find_person, name="find_person"),
    path("results/reported/", views.reports, name="reports"),
    path("results/reported/slot/", views.reports_slot, name="reports_slot"),
    path("results/reported/<int:report_id>/", views.report, name="report"),
    path(
        "results/reported/<int:report_id>/progress/", views.report_progress, name="report_progress"
    ),
    path("results/reported/<int:report_id>/refused/", views.report_refused, name="report_refused"),
    path("results/reported/row/<int:reported_id>/", views.match, name="match"),
    path("results/reported/list/<int:list_id>/", views.take_in, name="take_in"),
    path("results/reported/list/<int:list_id>/slot/", views.list_slot, name="list_slot"),
    path("results/watch/", views.watch, name="watch"),
    path("results/corrections/", views.corrections, name="corrections"),
    path("results/recalls/", views.recalls, name="recalls"),
    path("results/recalls/new/", views.propose_recall, name="propose_recall"),
    path("results/recalls/run/<int:run_id>/", views.recall_run, name="recall_run"),
    path("results/recalls/<int:recall_id>/", views.recall, name="recall"),
    path(
        "results/recalls/<int:recall_id>/people/<int:unit_id>/",
        views.recall_people,
        name="recall_people",
    ),
    path(
        "results/recalls/<int:recall_id>/progress/", views.recall_progress, name="recall_progress"
    ),
    path("where/", views.where, name="where"),
    path("look-up/", views.look_up, name="look_up"),
    path("look-up/slip/", views.check_slip, name="check_slip"),
]
