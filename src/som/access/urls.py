"""Sign-in, accounts and audit. Of allauth only these three pages exist."""

from allauth.account import views as allauth_views
from django.urls import include, path

from som.access import views
from som.web.guard import public

urlpatterns = [
    path("sign-in/", public(allauth_views.login), name="account_login"),
    path("sign-out/", public(allauth_views.logout), name="account_logout"),
    path("password/", views.change_password, name="account_change_password"),
    path(
        "",
        include(
            (
                [
                    path("first-sign-in/", views.first_sign_in, name="first_sign_in"),
                    path("demo/", views.demo, name="demo"),
                    path("demo/sign-in/", views.demo_sign_in, name="demo_sign_in"),
                    path("accounts/", views.accounts, name="accounts"),
                    path("accounts/new/", views.new_account, name="new_account"),
                    path("accounts/<str:username>/", views.account, name="account"),
                    path("audit/", views.audit_search, name="audit"),
                    path("audit/person/<int:person_id>/", views.audit_person, name="audit_person"),
                ],
                "access",
            )
        ),
    ),
]
