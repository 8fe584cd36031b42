"""What people may do with the rules that a new catalog has, written down by rule. test_permissions.py goes through every cell.

A cell is the status of the answer. Whose it is: `own` (the person, or its team, owns it), `foreign` (somebody else does),
`absent` (there is no such entity). The rules, in short:
- everybody sees everything, and describes, tags, grades it (DataConsumerPolicy, through the root team);
- stewards also give display names and owners (DataStewardPolicy);
- owners, and members of the team that owns, edit and delete (OrganizationPolicy: isOwner());
- but owning a policy or a role gives no right to change it, nor owning a team to delete it: what it holds is power
- bots by their role, which allows all; admins without being asked;
- who is nobody, or no more, is 401 everywhere.
"""

SEES, NO, GONE, WHO = 200, 403, 404, 401

# what is done: (own, foreign, absent) by person
READ = dict.fromkeys(["consumer", "steward", "owner", "member", "bot", "admin"], (SEES, SEES, GONE))
DESCRIBE = READ
TAG = READ
GRADE = READ
NAME = {"consumer": (SEES, NO, GONE), "steward": (SEES, SEES, GONE), "owner": (SEES, NO, GONE), "member": (SEES, NO, GONE),
        "bot": (SEES, SEES, GONE), "admin": (SEES, SEES, GONE)}
OWN = NAME
EDIT = NAME | {"steward": (SEES, NO, GONE)}
DELETE = EDIT

ACTIONS = {
    "read": READ, "read by name": READ, "list versions": READ, "read version": READ,
    "describe": DESCRIBE, "tag": TAG, "grade": GRADE, "name": NAME, "give owners": OWN, "replace": EDIT,
    "delete": DELETE, "restore": EDIT,
}
POWER = {"policy": ("name", "give owners", "replace", "delete", "restore"), "role": ("name", "give owners", "replace", "delete", "restore"),
         "team": ("delete",)}  # whose own cell is as the foreign one, for those that act as owners
CREATE = {"consumer": NO, "steward": NO, "owner": NO, "member": NO, "bot": 201, "admin": 201}
STRANGERS = ("nobody", "removed")  # 401 in every cell
