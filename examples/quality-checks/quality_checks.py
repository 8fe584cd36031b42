#!/usr/bin/env python3
"""The guide's "Custom Data Quality Checks" as a program: two checks of a SQLite table, whose results go to the catalog.

    pip install openmetadata-ingestion==1.10.3
    examples/quality-checks/quality_checks.py http://localhost:8585/api TOKEN shop.db local_sqlite.shop.main.orders

The table must be in the catalog. Each check becomes a test case of it the first time; its results are kept by time.
"""

import sqlite3
import sys
import time
from datetime import datetime, timedelta

from metadata.generated.schema.entity.data.table import Table
from metadata.generated.schema.entity.services.connections.metadata.openMetadataConnection import AuthProvider, OpenMetadataConnection
from metadata.generated.schema.security.client.openMetadataJWTClientConfig import OpenMetadataJWTClientConfig
from metadata.generated.schema.tests.basic import TestCaseResult
from metadata.generated.schema.tests.testCase import TestCase
from metadata.generated.schema.tests.testDefinition import EntityType, TestPlatform
from metadata.generated.schema.type.basic import Timestamp
from metadata.ingestion.ometa.ometa_api import OpenMetadata


class Checks:
    """The two functions that the guide's checks call, for one SQLite file."""

    def __init__(self, metadata, file):
        self.metadata, self.file = metadata, file
        self.failed = []  # names of the checks that said so

    def execute_query(self, sql):
        """One value. The catalog's name of the table becomes the database's; a moment becomes a datetime."""
        head, name = sql.split(" FROM ")
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as database:
            value = database.execute(f'{head} FROM "{name.split(".")[-1]}"').fetchone()[0]
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return value

    def create_test_result(self, metadata, table_id, name, status):
        """Keeps what a check came to, with the test case of that name at the table."""
        table = metadata.get_by_id(entity=Table, entity_id=table_id)
        fqn = table.fullyQualifiedName.root
        metadata.get_or_create_test_definition(
            test_definition_fqn=f"custom_{name}", test_definition_description=f"Our own check: {name}",
            entity_type=EntityType.TABLE, test_platforms=[TestPlatform.Other])
        case = metadata.get_or_create_test_case(
            test_case_fqn=f"{fqn}.{name}", entity_link=f"<#E::table::{fqn}>", test_definition_fqn=f"custom_{name}")
        # The guide spells a status in capitals; the client's models know Success, Failed, Aborted and Queued.
        metadata.add_test_case_results(
            TestCaseResult(timestamp=Timestamp(int(time.time() * 1000)), testCaseStatus=status.capitalize(), result=f"{name}: {status}"),
            case.fullyQualifiedName.root)
        if status == "FAILED":
            self.failed.append(name)


def run_custom_quality_checks(metadata, table_fqn, checks):
    """Run custom data quality checks"""
    table = metadata.get_by_name(entity=Table, fqn=table_fqn)

    # Check 1: Row count
    row_count = checks.execute_query(f"SELECT COUNT(*) FROM {table_fqn}")
    checks.create_test_result(metadata, table.id, "row_count", "FAILED" if row_count == 0 else "SUCCESS")

    # Check 2: Freshness
    last_updated = checks.execute_query(f"SELECT MAX(updated_at) FROM {table_fqn}")
    old = last_updated is None or datetime.now() - last_updated > timedelta(days=1)
    checks.create_test_result(metadata, table.id, "freshness", "FAILED" if old else "SUCCESS")


def connect(host, token):
    return OpenMetadata(OpenMetadataConnection(hostPort=host, authProvider=AuthProvider.openmetadata,
                                               securityConfig=OpenMetadataJWTClientConfig(jwtToken=token)))


def main(host, token, file, table_fqn):
    metadata = connect(host, token)
    run_custom_quality_checks(metadata, table_fqn, Checks(metadata, file))
    for name in ("row_count", "freshness"):
        case = metadata.get_by_name(entity=TestCase, fqn=f"{table_fqn}.{name}", fields=["testCaseResult"])
        print(name, case.testCaseResult.testCaseStatus.value)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
