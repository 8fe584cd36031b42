#ifndef METADATA_EXPORT_H
#define METADATA_EXPORT_H

/// Marks what the shared library exports; everything else stays hidden. Stands among standard attributes.
#define METADATA_API [[gnu::visibility("default")]]

#endif  // METADATA_EXPORT_H
