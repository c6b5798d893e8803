using Xunit;

// Most of a test's time goes by while it waits: for a process to start, a clock, a commit. Four at once keep two processors busy.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
