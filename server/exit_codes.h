#ifndef METADATA_SERVER_EXIT_CODES_H
#define METADATA_SERVER_EXIT_CODES_H

namespace metadata::server {

// Exit codes of the program, after sysexits.h; `metadata-server --help` lists them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitBroken = 1;        ///< check found something
inline constexpr int kExitUsage = 64;        ///< flags, environment, configuration file
inline constexpr int kExitData = 65;         ///< the directory or backup is damaged or of another version
inline constexpr int kExitNoInput = 66;      ///< there is no such token, user, backup or directory
inline constexpr int kExitUnavailable = 69;  ///< the port is in use
inline constexpr int kExitInternal = 70;     ///< a fault of this program
inline constexpr int kExitDisk = 74;         ///< the disk is full or fails
inline constexpr int kExitInUse = 75;        ///< another process has the directory open
inline constexpr int kExitPermission = 77;   ///< no permission, or a read-only file system
inline constexpr int kExitConfig = 78;       ///< the configuration is in order, but this machine cannot do what it asks

}  // namespace metadata::server

#endif  // METADATA_SERVER_EXIT_CODES_H
