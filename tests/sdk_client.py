"""How a test connects the real client."""


def connect(server, token):
    from metadata.generated.schema.entity.services.connections.metadata.openMetadataConnection import (
        AuthProvider, OpenMetadataConnection)
    from metadata.generated.schema.security.client.openMetadataJWTClientConfig import OpenMetadataJWTClientConfig
    from metadata.ingestion.ometa.ometa_api import OpenMetadata
    return OpenMetadata(OpenMetadataConnection(
        hostPort=server.url, authProvider=AuthProvider.openmetadata,
        securityConfig=OpenMetadataJWTClientConfig(jwtToken=token)))

# How a workflow of the real client finds the server: the end of its YAML, to be filled in with url and token.
WORKFLOW_SERVER = """workflowConfig:
  loggerLevel: INFO
  openMetadataServerConfig:
    hostPort: {url}
    authProvider: openmetadata
    securityConfig:
      jwtToken: {token}
"""
