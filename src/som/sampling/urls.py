"""The pages of sampling."""

from django.urls import path

from som.sampling import views

app_name = "sampling"
urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/new/", views.open_session, name="open_session"),
    path("sessions/<int:session_id>/", views.session, name="session"),
    path("sessions/<int:session_id>/close/", views.close_session, name="close_session"),
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.plan_campaign, name="plan_campaign"),
    path("campaigns/<int:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/end/", views.end_campaign, name="end_campaign"),
    path("people/<int:person_id>/slot/", views.person_slot, name="person_slot"),
    path("requests/", views.requests, name="requests"),
    path("requests/end/", views.end, name="end_requests"),
    path("transfers/", views.transfers, name="transfers"),
    path("walk-ins/", views.walk_ins, name="walk_ins"),
    path("walk-ins/new/", views.record, name="record"),
    path("sessions/<int:session_id>/walk-ins/", views.record_walk_ins, name="record_walk_ins"),
    path("walk-ins/<int:person_id>/", views.walk_in, name="walk_in"),
    path("lists/", views.lists, name="lists"),
    path("lists/new/", views.send_list, name="send_list"),
    path("lists/empty/<slug:kind>/", views.list_template, name="list_template"),
    path("lists/<int:list_id>/", views.sent_list, name="list"),
    path("lists/<int:list_id>/progress/", views.list_progress, name="list_progress"),
    path("lists/<int:list_id>/confirm/", views.confirm_list, name="confirm_list"),
    path("lists/<int:list_id>/drop/", views.drop_list, name="drop_list"),
    path("lists/<int:list_id>/refused/", views.refused_rows, name="refused_rows"),
    path("slot/", views.slot, name="slot"),
]
