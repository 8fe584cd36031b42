"""Who may use which route, as far as it is not "whoever is logged in, by the rights of each entity". Reviewed by hand."""

# Open to everybody, without a token.
ANYBODY = {
    # the description of the API
    ("GET", "/openapi.json"), ("GET", "/swagger.json"), ("GET", "/swagger-ui"), ("GET", "/swagger-ui/{file}"),
    # whether the server works, and which one it is
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/api/v1/system/version"), ("GET", "/api/v1/system/health"),
    # what a client needs before it can log in; nothing of the catalog
    ("GET", "/api/v1/system/config/jwks"), ("GET", "/api/v1/system/config/auth"), ("GET", "/api/v1/system/config/authorizer"),
    ("GET", "/api/v1/system/config/customUiThemePreference"), ("GET", "/api/v1/system/config/loginConfig"),
    # they prove who they are by what is in the body
    ("POST", "/api/v1/users/login"), ("POST", "/api/v1/auth/login"), ("POST", "/api/v1/users/refresh"), ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/users/password/reset"),
    # to an identity provider and back: what it says of who somebody is counts
    ("GET", "/api/v1/auth/login/{provider}"), ("GET", "/callback"),
    # a setting, off by default; makes users without rights
    ("POST", "/api/v1/users/signup"),
    # 501 without a token, for no mail is sent; with one, for admins
    ("POST", "/api/v1/users/generatePasswordResetLink"),
}

# Changes that people make of what is their own alone, whatever rights they have: sessions, passwords, tokens.
MAY_WITHOUT_RIGHTS = {
    ("PUT", "/api/v1/users/changePassword"), ("POST", "/api/v1/auth/logout"), ("POST", "/api/v1/users/logout"),
    ("PUT", "/api/v1/users/security/token"), ("PUT", "/api/v1/users/security/token/revoke"),
    ("POST", "/api/v1/users/checkEmailInUse"), ("POST", "/api/v1/users/checkEmailVerified"),
}

# Questions that are too long for an address; what they show is restricted as every search is.
QUESTIONS = {("POST", "/api/v1/search/query"), ("POST", "/api/v1/search/preview"), ("POST", "/api/v1/search/aggregate")}
