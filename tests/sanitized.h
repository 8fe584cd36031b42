#ifndef METADATA_TESTS_SANITIZED_H
#define METADATA_TESTS_SANITIZED_H

// METADATA_TEST_ASAN, METADATA_TEST_TSAN: what runs here is instrumented. g++ says so by a macro, clang by a feature.
#if defined(__SANITIZE_ADDRESS__)
#define METADATA_TEST_ASAN
#elif defined(__SANITIZE_THREAD__)
#define METADATA_TEST_TSAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define METADATA_TEST_ASAN
#elif __has_feature(thread_sanitizer)
#define METADATA_TEST_TSAN
#endif
#endif

#endif  // METADATA_TESTS_SANITIZED_H
