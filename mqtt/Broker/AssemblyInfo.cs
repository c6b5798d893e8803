using System.Runtime.CompilerServices;

// The tree, the queue and the like are held to their models by themselves, which through a socket would prove less.
[assembly: InternalsVisibleTo("StepCloud.Tests.Mqtt")]
