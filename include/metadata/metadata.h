#ifndef METADATA_METADATA_H
#define METADATA_METADATA_H

// Everything of libmetadata at once, for small programs.
#include "metadata/access.h"
#include "metadata/audit.h"
#include "metadata/backup.h"
#include "metadata/batch.h"
#include "metadata/bulk.h"
#include "metadata/catalog.h"
#include "metadata/change.h"
#include "metadata/credentials.h"
#include "metadata/csv.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/events.h"
#include "metadata/export.h"
#include "metadata/host.h"
#include "metadata/ids.h"
#include "metadata/json.h"
#include "metadata/lineage.h"
#include "metadata/oidc.h"
#include "metadata/options.h"
#include "metadata/patch.h"
#include "metadata/quality.h"
#include "metadata/registry.h"
#include "metadata/search.h"
#include "metadata/suggestions.h"
#include "metadata/usage.h"
#include "metadata/version.h"

#endif  // METADATA_METADATA_H
