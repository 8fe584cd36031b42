#ifndef METADATA_TESTS_CPU_TIME_H
#define METADATA_TESTS_CPU_TIME_H

#include <algorithm>
#include <ctime>

// For bounds on time that say something of the work that is done, whatever else the machine does meanwhile.
namespace metadata::test {

/// What this thread has computed since it began, in seconds.
inline double thread_cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// What the work costs this thread, in seconds.
template <class Work>
double cpu_s_of(const Work& work) {
  const double before = thread_cpu_s();
  work();
  return thread_cpu_s() - before;
}

/// The least that it costs of so many times.
template <class Work>
double least_cpu_s_of(int times, const Work& work) {
  double least = cpu_s_of(work);
  for (int i = 1; i < times; ++i) least = std::min(least, cpu_s_of(work));
  return least;
}

}  // namespace metadata::test

#endif  // METADATA_TESTS_CPU_TIME_H
