"""People who use a server."""

from client import Api, unique

USER_PASSWORD = "Another-horse-8-battery"


def make_user(server, api, prefix="user", **more):
    """A person with a password, and a client logged in as that person."""
    name = unique(prefix)
    body = {"name": name, "email": f"{name}@example.com", "createPasswordType": "ADMIN_CREATE",
            "password": USER_PASSWORD, "confirmPassword": USER_PASSWORD} | more
    entity = api.post("/users", body)
    return entity, Api(server.base, server.login(body["email"], USER_PASSWORD))
