"""Who may use which route on whose entity: the rules, in the words of docs/access.md. Reviewed by hand.

`expected()` says by them what each cell of the matrix {person} x {route} x {whose} answers; test_route_matrix.py asks all cells.
Nothing here is copied from a running server: a cell that differs is a fault of the server or of a rule, and is looked at.
"""

import dataclasses

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

# People ----------------------------------------------------------------------------------------------------------------

STRANGERS = ("anonymous", "expired", "disabled")  # a token that has run out, and one of a user who was deleted, are none
PERSONS = ("viewer", "steward", "owner", "team owner", "bot", "admin")
WHOSE = ("own", "foreign", "deleted", "absent")  # `deleted`: softly, and the person's own, so that its state alone decides

# The operations that the rules of a new catalog give on every entity. DataConsumerPolicy: everybody sees all; DataStewardPolicy.
CONSUMER = {"ViewBasic", "ViewAll", "ViewTests", "ViewUsage", "ViewSampleData", "ViewDataProfile", "EditDescription", "EditTags", "EditTier", "EditGlossaryTerms", "EditCertification"}
GIVEN = {"viewer": CONSUMER, "owner": CONSUMER, "team owner": CONSUMER,
         "steward": CONSUMER | {"EditDisplayName", "EditLineage", "EditOwners"}}
ALL = ("bot", "admin")  # IngestionBotPolicy allows all; admins are not asked

OWNERLESS = {"role", "bot", "persona", "webhook", "docStore", "type"}  # nobody can own one, so `own` is as `foreign`; users own themselves
FOR_GOOD = {"webhook", "domain", "dataProduct", "persona", "query", "docStore", "type"}  # not softly deleted: `deleted` is as `absent`


def gives_power(operation, kind):
    """What hands out rights is never allowed by owning something (docs/access.md, "Power")."""
    return kind in ("role", "policy") and not operation.startswith("View") or kind == "team" and operation == "Delete"


def by_owning(operation, kind):
    """OrganizationPolicy: whoever owns an entity edits, views and deletes it; it does not let anybody create."""
    return operation != "Create" and not gives_power(operation, kind)


def never(who, operation, kind):
    """No rule could let the person do it on any entity: told before anything is looked for."""
    return who not in ALL and operation not in GIVEN[who] and not by_owning(operation, kind)


def may(who, operation, kind, whose):
    own = whose in ("own", "deleted") and kind not in OWNERLESS and (kind, whose) != ("user", "deleted")  # nobody is a deleted user
    return who in ALL or operation in GIVEN[who] or own and by_owning(operation, kind)


# Rules -----------------------------------------------------------------------------------------------------------------

DONE, WHO, NO, GONE, UNBUILT = (200, 201, 202, 204), (401,), (403,), (404,), (501,)


@dataclasses.dataclass(frozen=True)
class Rule:
    needs: tuple = ()  # operations on the entity that the request names, or on its type when it names none
    kind: str = ""  # the type of that entity; empty: the request names none
    alive: bool = True  # a soft-deleted one is not there for it
    creates: bool = False  # what is not there is made: that needs Create alone
    late: bool = False  # what it needs is known from the change alone, so the entity is looked for first
    whole: bool = False  # asked about the type as a whole, not about the entity
    owned: bool = False  # of what has owners, only they, bots and admins
    lists: bool = False  # a list of what belongs to it: of nothing, when it is not there
    only: str = ""  # "admin"; "self": one's own account, or admins any; "beginner": what one has begun, or admins any
    named: bool = False  # for `self`, the account is looked for by its name first
    answers: tuple = DONE  # when everything is allowed
    of: dict = dataclasses.field(default_factory=dict)  # other answers, by person, when everything is allowed
    open: tuple = ()  # open to everybody: the statuses, whoever asks


def is_there(rule, whose):
    return whose in ("own", "foreign") or whose == "deleted" and not rule.alive and rule.kind not in FOR_GOOD


def expected(rule, who, whose):
    """The statuses one of which this cell answers. `whose`: one of WHOSE, or anything else when the request names nothing."""
    if rule.open:
        return rule.open
    if who in STRANGERS:
        return rule.of.get(who, WHO)
    done = rule.of.get(who, rule.answers)
    if rule.answers == UNBUILT:
        return UNBUILT
    if rule.only == "admin":
        return done if who == "admin" else NO
    if rule.only == "beginner":
        return done if whose == "own" or whose == "foreign" and who == "admin" else GONE
    if rule.only == "self":
        there = whose in ("own", "foreign")
        if whose != "own" and who != "admin":
            return GONE if rule.named and not there else NO
        # what is about tokens of bots says so of everybody else
        return (done if whose == "own" else rule.answers) if there else GONE
    there = not rule.kind or is_there(rule, whose)
    if rule.creates and (whose == "absent" or whose == "deleted" and rule.kind in FOR_GOOD):
        return done if may(who, "Create", rule.kind, whose) else NO
    if rule.whole and any(not may(who, operation, rule.kind, "") for operation in rule.needs):
        return NO
    if not rule.late and any(never(who, operation, rule.kind) for operation in rule.needs):
        return NO
    if not there:
        return done if rule.lists else GONE
    if rule.owned and whose != "own" and who not in ALL:
        return NO
    return done if all(may(who, operation, rule.kind, whose) for operation in rule.needs) else NO


# Below every collection. A soft-deleted entity is not there for reads and changes; its versions are, and it is restored, deleted
# for good, or revived by a PUT.
OF_EVERY_TYPE = {
    ("GET", ""): lambda kind: Rule(("ViewBasic",)),
    ("POST", ""): lambda kind: Rule(("Create",)),
    ("PUT", ""): lambda kind: Rule(("EditAll",), kind, alive=False, creates=True),
    ("PUT", "/bulk"): lambda kind: Rule(),  # 200 whoever asks: the answer says of each item whether it was done
    ("PUT", "/restore"): lambda kind: Rule(("EditAll",), kind, alive=False),
    ("GET", "/name/{fqn}"): lambda kind: Rule(("ViewBasic",), kind),
    ("PATCH", "/name/{fqn}"): lambda kind: Rule(("EditDisplayName",), kind, late=True),  # the right of the field that it changes
    ("DELETE", "/name/{fqn}"): lambda kind: Rule(("Delete",), kind, alive=False),
    ("GET", "/{id}"): lambda kind: Rule(("ViewBasic",), kind),
    ("PATCH", "/{id}"): lambda kind: Rule(("EditDisplayName",), kind, late=True),
    ("DELETE", "/{id}"): lambda kind: Rule(("Delete",), kind, alive=False),
    ("GET", "/{id}/versions"): lambda kind: Rule(("ViewBasic",), kind, alive=False),
    ("GET", "/{id}/versions/{version}"): lambda kind: Rule(("ViewBasic",), kind, alive=False),
}

# Below the collections of types that have them. People follow, and vote on, what they see.
OF_SOME_TYPES = {
    ("PUT", "/{id}/followers"): lambda kind: Rule(("ViewBasic",), kind),  # themselves: for others they need more
    ("DELETE", "/{id}/followers/{userId}"): lambda kind: Rule(("ViewBasic",), kind),
    ("PUT", "/{id}/vote"): lambda kind: Rule(("ViewBasic",), kind),
    # samples of data, and profiles over time
    ("GET", "/{id}/sampleData"): lambda kind: Rule(("ViewSampleData",), kind),
    ("PUT", "/{id}/sampleData"): lambda kind: Rule(("EditSampleData",), kind),
    ("DELETE", "/{id}/sampleData"): lambda kind: Rule(("EditSampleData",), kind),
    ("PUT", "/{fqn}/tableProfile"): lambda kind: Rule(("EditDataProfile",), kind),
    ("GET", "/{fqn}/tableProfile"): lambda kind: Rule(("ViewDataProfile",), kind),
    ("GET", "/{fqn}/tableProfile/latest"): lambda kind: Rule(("ViewDataProfile",), kind),
    ("GET", "/{fqn}/columnProfile"): lambda kind: Rule(("ViewDataProfile",), kind),
    ("GET", "/{fqn}/systemProfile"): lambda kind: Rule(("ViewDataProfile",), kind),
    ("DELETE", "/{fqn}/{entityType}/{timestamp}/profile"): lambda kind: Rule(("EditDataProfile",), kind),
    # fields that are set by themselves: they need what a patch of them would, which is known from the change alone
    ("GET", "/{id}/dataModel"): lambda kind: Rule(("ViewBasic",), kind),
    ("PUT", "/{id}/dataModel"): lambda kind: Rule(("EditAll",), kind, late=True),
    ("DELETE", "/{id}/dataModel"): lambda kind: Rule(("EditAll",), kind, late=True),
    ("PUT", "/{id}/customMetric"): lambda kind: Rule(("EditDataProfile",), kind, late=True),
    ("DELETE", "/{id}/customMetric/{item}"): lambda kind: Rule(("EditDataProfile",), kind, late=True),
    ("DELETE", "/{id}/customMetric/{within}/{item}"): lambda kind: Rule(("EditAll",), kind, late=True),
    ("PUT", "/{id}/joins"): lambda kind: Rule(("EditAll",), kind),
    ("GET", "/{id}/columns"): lambda kind: Rule(("ViewBasic",), kind), ("GET", "/{id}/columns/search"): lambda kind: Rule(("ViewBasic",), kind),
    ("GET", "/name/{fqn}/columns"): lambda kind: Rule(("ViewBasic",), kind),
    ("GET", "/name/{fqn}/columns/search"): lambda kind: Rule(("ViewBasic",), kind),
    # CSV files
    **{("GET", f"/name/{{fqn}}/{word}"): lambda kind: Rule(("ViewAll",), kind) for word in ("export", "exportAsync")},
    **{("PUT", f"/name/{{fqn}}/{word}"): lambda kind: Rule(("EditAll",), kind) for word in ("import", "importAsync")},
} | {
    (method, "/{id}/" + word): rule
    for word, edit in (("tableProfilerConfig", "EditDataProfile"), ("databaseProfilerConfig", "EditDataProfile"),
                       ("databaseSchemaProfilerConfig", "EditDataProfile"), ("testConnectionResult", "EditAll"))
    for method, rule in (("GET", lambda kind: Rule(("ViewBasic",), kind)),
                         ("PUT", lambda kind, edit=edit: Rule((edit,), kind, late=True)),
                         ("DELETE", lambda kind, edit=edit: Rule((edit,), kind, late=True)))
}

BAD, LOGGED_IN = (400,), Rule()
BOTS = {"bot": DONE}
LOOK, LOOK_BACK = Rule(("ViewBasic",), "table"), Rule(("ViewBasic",), "table", alive=False)
FLOW = Rule(("EditLineage",), "table")
SUGGESTED, DECIDED = Rule(kind="table", only="self", named=True), Rule(("EditDescription",), "table", owned=True)
TEST, RESULT = Rule(("EditTests",), "testCase"), Rule(("ViewBasic",), "testCase")
SUITE = Rule(("EditTests",), "testSuite")
NOT_BUILT = Rule(answers=UNBUILT)

SINGLE = {
    "open": {
        "GET /openapi.json": Rule(open=DONE), "GET /swagger.json": Rule(open=DONE), "GET /swagger-ui": Rule(open=(308,)),
        "GET /swagger-ui/{file}": Rule(open=GONE), "GET /healthz": Rule(open=DONE), "GET /readyz": Rule(open=DONE),
        "GET /api/v1/system/version": Rule(open=DONE), "GET /api/v1/system/health": Rule(open=DONE),
        "GET /api/v1/system/config/jwks": Rule(open=DONE), "GET /api/v1/system/config/auth": Rule(open=DONE),
        "GET /api/v1/system/config/authorizer": Rule(open=DONE), "GET /api/v1/system/config/customUiThemePreference": Rule(open=DONE),
        "GET /api/v1/system/config/loginConfig": Rule(open=DONE),
        # nothing in the body that would prove anything
        "POST /api/v1/users/login": Rule(open=BAD), "POST /api/v1/auth/login": Rule(open=BAD),
        "POST /api/v1/users/refresh": Rule(open=BAD), "POST /api/v1/auth/refresh": Rule(open=BAD),
        "POST /api/v1/users/password/reset": Rule(open=BAD),
        # no provider is set up, and nobody may sign up
        "GET /api/v1/auth/login/{provider}": Rule(open=GONE), "GET /callback": Rule(open=(400, 404)), "POST /api/v1/users/signup": Rule(open=NO),
    },
    "session": {
        "POST /api/v1/auth/logout": LOGGED_IN, "POST /api/v1/users/logout": LOGGED_IN,
        "GET /api/v1/users/loggedInUser": LOGGED_IN, "GET /api/v1/users/loggedInUser/groupTeams": LOGGED_IN,
        "GET /api/v1/users/generateRandomPwd": LOGGED_IN,
        "PUT /api/v1/users/changePassword": Rule(answers=BAD),  # without the old one
        "POST /api/v1/users/checkEmailInUse": LOGGED_IN, "POST /api/v1/users/checkEmailVerified": LOGGED_IN,
        "POST /api/v1/users/generatePasswordResetLink": Rule(only="admin", of={"anonymous": UNBUILT}),  # no mail is sent
    },
    "credentials": {  # one's own; admins those of all
        "POST /api/v1/users/{id}/apiKeys": Rule(kind="user", only="self"), "GET /api/v1/users/{id}/apiKeys": Rule(kind="user", only="self"),
        "DELETE /api/v1/users/{id}/apiKeys/{keyId}": Rule(kind="user", only="self"),
        "PUT /api/v1/users/generateToken/{id}": Rule(kind="user", only="self", answers=BAD, of=BOTS),
        "PUT /api/v1/users/revokeToken": Rule(kind="user", only="self", answers=BAD, of=BOTS),
        "GET /api/v1/users/token/{id}": Rule(kind="user", only="self", answers=BAD, of=BOTS),
        "GET /api/v1/users/auth-mechanism/{id}": Rule(kind="user", only="self", answers=BAD, of=BOTS),
        "PUT /api/v1/users/security/token": Rule(of={"bot": BAD}),  # bots have a token of another kind
        "GET /api/v1/users/security/token": Rule(kind="user", only="self", named=True),
        "PUT /api/v1/users/security/token/revoke": Rule(kind="user", only="self", named=True),
    },
    "audit": {"GET /api/v1/audit/logs": Rule(only="admin"), "GET /api/v1/audit/logs/export": Rule(only="admin")},
    "system": {
        "GET /api/v1/system/status": LOGGED_IN, "GET /api/v1/system/config/pipeline-service-client": LOGGED_IN,
        "GET /api/v1/system/settings": LOGGED_IN, "GET /api/v1/system/settings/{name}": LOGGED_IN,
        "PUT /api/v1/system/settings": Rule(only="admin"),
    },
    "permissions": {  # told of what may be seen, deleted or not; but a deleted policy gives nothing
        "GET /api/v1/permissions": LOGGED_IN, "GET /api/v1/permissions/{resource}": LOGGED_IN,
        "GET /api/v1/permissions/policies": Rule(("ViewBasic",), "policy"),
        "GET /api/v1/permissions/{resource}/{id}": LOOK_BACK, "GET /api/v1/permissions/{resource}/name/{fqn}": LOOK_BACK,
        "GET /api/v1/policies/functions": LOGGED_IN, "GET /api/v1/policies/resources": LOGGED_IN,
        "GET /api/v1/policies/validation/condition/{expression}": LOGGED_IN,
    },
    "usage": {  # counted by who may edit it; seen by who may see it
        **{f"{method} /api/v1/usage/{{entityType}}/{name}": Rule(("ViewUsage" if method == "GET" else "EditUsage",), "table")
           for method in ("GET", "POST", "PUT") for name in ("{id}", "name/{fqn}")},
        "POST /api/v1/usage/compute.percentile/{entityType}/{date}": Rule(("EditUsage",), "table", whole=True, lists=True),
    },
    "suggestions": {  # seen, and made, by who sees the entity; changed by their authors, decided on by who may make the change
        "GET /api/v1/suggestions": LOGGED_IN, "POST /api/v1/suggestions": LOOK, "GET /api/v1/suggestions/{id}": LOOK,
        "PUT /api/v1/suggestions/{id}": SUGGESTED, "DELETE /api/v1/suggestions/{id}": SUGGESTED,
        "PUT /api/v1/suggestions/{id}/accept": DECIDED, "PUT /api/v1/suggestions/{id}/reject": DECIDED,
        "PUT /api/v1/suggestions/accept-all": DECIDED, "PUT /api/v1/suggestions/reject-all": DECIDED,
        "DELETE /api/v1/suggestions/{entityType}/name/{fqn}": Rule(("Delete",), "table"),
    },
    "queries": {
        **{f"{route}": Rule(("EditUsage",), "query") for route in (
            "PUT /api/v1/queries/{id}/usage", "DELETE /api/v1/queries/{id}/usage", "PUT /api/v1/queries/{id}/users",
            "PUT /api/v1/queries/{id}/usedBy", "POST /api/v1/queryCostRecord")},
    },
    "contracts": {
        "PUT /api/v1/dataContracts/{id}/results": Rule(("EditAll",), "dataContract"),
        "GET /api/v1/dataContracts/{id}/results": Rule(("ViewBasic",), "dataContract"),
        "GET /api/v1/dataContracts/{id}/results/latest": Rule(("ViewBasic",), "dataContract"),
        "GET /api/v1/dataContracts/{id}/results/{key}": Rule(("ViewBasic",), "dataContract", answers=GONE),  # of a moment, which is no id
        "POST /api/v1/dataContracts/{id}/validate": Rule(("EditAll",), "dataContract"),
        "DELETE /api/v1/dataContracts/{id}/results/{key}": Rule(("EditAll",), "dataContract"),
    },
    "types": {"PUT /api/v1/metadata/types/{id}": Rule(("EditAll",), "type")},
    "assets": {
        **{f"PUT /api/v1/{collection}/{{fqn}}/assets/{verb}": Rule(("EditAll",), kind) for verb in ("add", "remove") for collection, kind in (
            ("domains", "domain"), ("dataProducts", "dataProduct"), ("tags", "tag"), ("glossaryTerms", "glossaryTerm"), ("teams", "team"))},
    },
    "events": {
        "GET /api/v1/events": LOGGED_IN, "GET /api/v1/events/subscriptions": NOT_BUILT, "POST /api/v1/events/subscriptions": NOT_BUILT,
        "PUT /api/v1/events/subscriptions": NOT_BUILT,
    },
    "webhooks": {  # nobody owns one: who may, may on all
        "GET /api/v1/webhooks/{id}/status": Rule(("ViewAll",), "webhook", whole=True),
        "POST /api/v1/webhooks/{id}/redeliver": Rule(("EditAll",), "webhook", whole=True),
        "POST /api/v1/webhooks/{id}/test": Rule(("EditAll",), "webhook", whole=True),
    },
    "search": {
        "GET /api/v1/search/query": LOGGED_IN, "POST /api/v1/search/query": LOGGED_IN, "GET /api/v1/search/fieldQuery": LOGGED_IN,
        "GET /api/v1/search/sourceUrl": LOGGED_IN, "GET /api/v1/search/aggregate": LOGGED_IN, "POST /api/v1/search/aggregate": LOGGED_IN,
        "GET /api/v1/search/suggest": LOGGED_IN, "GET /api/v1/search/entityTypeCounts": LOGGED_IN, "POST /api/v1/search/preview": LOGGED_IN,
        "GET /api/v1/search/get/{index}/doc/{id}": LOOK_BACK, "GET /api/v1/search/nlq/query": NOT_BUILT,
        "POST /api/v1/search/reindex": Rule(only="admin"), "POST /api/v1/search/reindex/{type}": Rule(only="admin"),
    },
    "lineage": {  # walks do not begin at what was deleted, edges have it still; they are changed by who may edit them at both ends
        "GET /api/v1/lineage/{type}/{id}": LOOK, "GET /api/v1/lineage/{type}/name/{fqn}": LOOK,
        "GET /api/v1/lineage/getLineage": LOOK, "GET /api/v1/lineage/getLineage/{direction}": LOOK,
        "GET /api/v1/lineage/getLineageEdge/{fromId}/{toId}": LOOK_BACK, "GET /api/v1/lineage/getDataQualityLineage": LOOK,
        "GET /api/v1/lineage/getPlatformLineage": LOGGED_IN, "GET /api/v1/lineage/getPaginationInfo": LOOK,
        "GET /api/v1/lineage/getLineageByEntityCount": LOOK, "GET /api/v1/lineage/export": LOOK,
        "GET /api/v1/lineage/impact/{type}/{id}": LOOK, "GET /api/v1/lineage/impact/{type}/name/{fqn}": LOOK,
        "GET /api/v1/lineage/impact/{type}/{id}/counts": LOOK, "GET /api/v1/lineage/impact/{type}/name/{fqn}/counts": LOOK,
        "GET /api/v1/lineage/path/{fromType}/{fromId}/{toType}/{toId}": LOOK,
        "GET /api/v1/lineage/path/{fromType}/name/{fromFqn}/{toType}/name/{toFqn}": LOOK,
        "PUT /api/v1/lineage": FLOW, "PUT /api/v1/lineage/{fromType}/{fromId}/{toType}/{toId}": FLOW,
        "PUT /api/v1/lineage/{fromType}/name/{fromFqn}/{toType}/name/{toFqn}": FLOW,
        "PATCH /api/v1/lineage/{fromType}/{fromId}/{toType}/{toId}": dataclasses.replace(FLOW, alive=False),
        "DELETE /api/v1/lineage/{fromType}/{fromId}/{toType}/{toId}": dataclasses.replace(FLOW, alive=False),
        "DELETE /api/v1/lineage/{fromType}/name/{fromFqn}/{toType}/name/{toFqn}": dataclasses.replace(FLOW, alive=False),
        "DELETE /api/v1/lineage/{type}/{id}/type/{source}": dataclasses.replace(FLOW, alive=False),
    },
    "series": {  # values of what was deleted are not shown
        "GET /api/v1/pipelines/{fqn}/status": Rule(("ViewBasic",), "pipeline"),
        "PUT /api/v1/pipelines/{fqn}/status": Rule(("EditStatus",), "pipeline"),
        "GET /api/v1/pipelines/{fqn}/status/{key}": Rule(("ViewBasic",), "pipeline"),
        "DELETE /api/v1/pipelines/{fqn}/status/{key}": Rule(("EditStatus",), "pipeline"),
        "GET /api/v1/kpi/{fqn}/kpiResult": Rule(("ViewBasic",), "kpi"), "PUT /api/v1/kpi/{fqn}/kpiResult": Rule(("EditAll",), "kpi"),
        "GET /api/v1/kpi/{fqn}/kpiResult/{key}": Rule(("ViewBasic",), "kpi"),
        "DELETE /api/v1/kpi/{fqn}/kpiResult/{key}": Rule(("EditAll",), "kpi"),
        "GET /api/v1/services/ingestionPipelines/{fqn}/pipelineStatus": Rule(("ViewBasic",), "ingestionPipeline"),
        "PUT /api/v1/services/ingestionPipelines/{fqn}/pipelineStatus": Rule(("EditIngestionPipelineStatus",), "ingestionPipeline"),
        "GET /api/v1/services/ingestionPipelines/{fqn}/pipelineStatus/{key}": Rule(("ViewBasic",), "ingestionPipeline"),
        "DELETE /api/v1/services/ingestionPipelines/{fqn}/pipelineStatus/{key}": Rule(("EditIngestionPipelineStatus",), "ingestionPipeline"),
    },
    "profiles and columns": {
        "GET /api/v1/entity/profiles/{entityType}": Rule(("ViewDataProfile",)),
        "PUT /api/v1/columns/name/{fqn}": Rule(("EditDescription",), "table", late=True),
    },
    "logs of runs": {
        "GET /api/v1/services/ingestionPipelines/logs/{run}": Rule(("ViewAll",), "ingestionPipeline"),
        "POST /api/v1/services/ingestionPipelines/logs/{run}": Rule(("EditIngestionPipelineStatus",), "ingestionPipeline"),
        "POST /api/v1/services/ingestionPipelines/logs/{run}/close": Rule(("EditIngestionPipelineStatus",), "ingestionPipeline"),
        "POST /api/v1/services/ingestionPipelines/trigger/{id}": NOT_BUILT,
    },
    "csv": {  # of the users of a team; and as the Python client spells the path of services
        **{f"{method} /api/v1/{path}{word}": Rule((needs,), kind)
           for path, kind in (("users/", "team"), ("databaseServices/name/{fqn}/", "databaseService"))
           for method, word, needs in (("GET", "export", "ViewAll"), ("GET", "exportAsync", "ViewAll"),
                                       ("PUT", "import", "EditAll"), ("PUT", "importAsync", "EditAll"))},
        "GET /api/v1/csv/jobs/{id}": Rule(kind="csvJob", only="beginner"), "DELETE /api/v1/csv/jobs/{id}": Rule(kind="csvJob", only="beginner"),
        "GET /api/v1/csv/jobs/{id}/result": Rule(kind="csvJob", only="beginner"),
    },
    "tests of data": {
        "GET /api/v1/dataQuality/testCases/testCaseResults/search/list": LOGGED_IN,
        "GET /api/v1/dataQuality/testCases/testCaseResults/search/latest": RESULT,
        "GET /api/v1/dataQuality/testCases/testCaseResults/{fqn}": RESULT, "POST /api/v1/dataQuality/testCases/testCaseResults/{fqn}": TEST,
        "PUT /api/v1/dataQuality/testCases/testCaseResults/{fqn}": TEST,
        "PATCH /api/v1/dataQuality/testCases/testCaseResults/{result}": TEST,
        "DELETE /api/v1/dataQuality/testCases/testCaseResults/{result}": TEST,
        "GET /api/v1/dataQuality/testCases/search/list": LOGGED_IN, "GET /api/v1/dataQuality/testSuites/search/list": LOGGED_IN,
        "POST /api/v1/dataQuality/testCases/createMany": Rule(("Create",)),
        "PUT /api/v1/dataQuality/testCases/{id}/failedRowsSample": TEST, "DELETE /api/v1/dataQuality/testCases/{id}/failedRowsSample": TEST,
        "GET /api/v1/dataQuality/testCases/{id}/failedRowsSample": RESULT,
        "PUT /api/v1/dataQuality/testCases/{id}/inspectionQuery": TEST,
        "PUT /api/v1/dataQuality/testCases/logicalTestCases": SUITE,
        "DELETE /api/v1/dataQuality/testCases/logicalTestCases/{suite}/{id}": SUITE,
        "POST /api/v1/dataQuality/testCases/testCaseIncidentStatus": TEST, "GET /api/v1/dataQuality/testCases/testCaseIncidentStatus": LOGGED_IN,
        "GET /api/v1/dataQuality/testCases/testCaseIncidentStatus/stateId/{stateId}": dataclasses.replace(RESULT, alive=False, lists=True),
        "GET /api/v1/dataQuality/testCases/testCaseIncidentStatus/{id}": dataclasses.replace(RESULT, alive=False),  # kept, as versions are
        "PATCH /api/v1/dataQuality/testCases/testCaseIncidentStatus/{id}": TEST,
        "POST /api/v1/dataQuality/testSuites/executable": Rule(("Create",)), "POST /api/v1/dataQuality/testSuites/basic": Rule(("Create",)),
        "PUT /api/v1/dataQuality/testSuites/executable": Rule(("EditAll",), "basicSuite", alive=False, creates=True),
        "PUT /api/v1/dataQuality/testSuites/basic": Rule(("EditAll",), "basicSuite", alive=False, creates=True),
        "DELETE /api/v1/dataQuality/testSuites/executable/{id}": Rule(("Delete",), "basicSuite", alive=False),
        "DELETE /api/v1/dataQuality/testSuites/basic/{id}": Rule(("Delete",), "basicSuite", alive=False),
        "GET /api/v1/dataQuality/testSuites/dataQualityReport": LOGGED_IN,
        "GET /api/v1/dataQuality/testSuites/executionSummary": Rule(("ViewBasic",), "testSuite"),
        "POST /api/v1/dataQuality/testCases/{id}/execute": TEST, "POST /api/v1/dataQuality/testSuites/{id}/execute": SUITE,
        # what one has begun is one's own, and the admins'
        "GET /api/v1/dataQuality/executions/{id}": Rule(kind="run", only="beginner"),
        "DELETE /api/v1/dataQuality/executions/{id}": Rule(kind="run", only="beginner"),
    },
}


def rules(collections, routes):
    """{(METHOD, path): Rule} of these routes. `collections`: the entity types by their paths. KeyError: nobody has thought about it."""
    found = {tuple(route.split(" ", 1)): rule for group in SINGLE.values() for route, rule in group.items()}
    for path, kind in collections.items():
        for (method, below), rule in (OF_EVERY_TYPE | OF_SOME_TYPES).items():
            found[method, path + below] = rule(kind)
    return {route: found[route] for route in routes}
