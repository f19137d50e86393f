"""Django's admin under the strict policy, in a real browser."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def logged_in(live_server, browser, client, django_user_model):
    """The browser with an administrator's session."""
    admin = django_user_model.objects.create_superuser("admin", "", "password")
    client.force_login(admin)
    browser.get(f"{live_server.url}/healthz")
    browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value})
    yield browser
    browser.delete_all_cookies()


@pytest.mark.parametrize("page", ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/"])
def test_admin_breaks_no_policy(logged_in, live_server, csp_reports, page):
    logged_in.get(f"{live_server.url}{page}")
    assert "Django" in logged_in.title
    assert csp_reports() == []


def test_an_inline_script_is_refused_and_reported(browser, live_server, csp_reports):
    """The collector works: a script put into the page is stopped, and that is seen."""
    browser.get(f"{live_server.url}/accounts/login/")
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = true';"
        "document.head.append(s);"
    )
    assert browser.execute_script("return window.ran === undefined;")
    assert any("script-src" in report for report in csp_reports())
