using System.Diagnostics;

namespace StepCloud.Tests.Cluster;

/// <summary>Machines with a network of their own: namespaces of Linux on a bridge, which only root can make.</summary>
internal sealed class ClusterNetwork : IDisposable
{
    private static int s_made;

    private readonly string _name, _subnet;

    private ClusterNetwork(int machines)
    {
        int number = Interlocked.Increment(ref s_made);
        _name = $"sc{Environment.ProcessId % 100_000}{(char)('a' + number)}";
        // Somebody else's run on this machine has another process id, and so another network; of a run three can be there at once.
        _subnet = $"10.{100 + (Environment.ProcessId / 250 % 50) + (number % 3 * 50)}.{Environment.ProcessId % 250}";
        Machines = [.. Enumerable.Range(1, machines).Select(i => new Machine($"{_name}n{i}", $"{_name}v{i}", $"{_subnet}.{i}"))];
    }

    public IReadOnlyList<Machine> Machines { get; }

    /// <summary>Where this process is reached from the machines.</summary>
    public string OwnAddress => $"{_subnet}.254";

    public string Subnet => $"{_subnet}.0/24";

    public static ClusterNetwork Create(int machines)
    {
        ClusterNetwork network = new(machines);
        try
        {
            network.Make();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>What is sent to it and what it sends vanishes, and nobody is told.</summary>
    public void Cut(int machine) => Ip($"link set {Machines[machine].Interface} down");

    public void Mend(int machine) => Ip($"link set {Machines[machine].Interface} up");

    public void Dispose()
    {
        foreach (Machine machine in Machines)
        {
            TryIp($"link del {machine.Interface}");
            TryIp($"netns del {machine.Namespace}");
        }

        TryIp($"link del {_name}");
    }

    private void Make()
    {
        Ip($"link add {_name} type bridge");
        Ip($"addr add {OwnAddress}/24 dev {_name}");
        Ip($"link set {_name} up");
        foreach (Machine machine in Machines)
        {
            Ip($"netns add {machine.Namespace}");
            Ip($"link add {machine.Interface} type veth peer name eth0 netns {machine.Namespace}");
            Ip($"link set {machine.Interface} master {_name} up");
            foreach (string inside in (string[])[$"addr add {machine.Address}/24 dev eth0", "link set eth0 up", "link set lo up"]) Ip($"-n {machine.Namespace} {inside}");
        }
    }

    private static void Ip(string arguments)
    {
        (int exitCode, string said) = Run(arguments);
        if (exitCode != 0) throw new InvalidOperationException($"ip {arguments}: {said.Trim()} (networks are made by root, where the kernel allows it)");
    }

    private static void TryIp(string arguments) => Run(arguments);

    private static (int ExitCode, string Said) Run(string arguments)
    {
        using Process ip = Process.Start(new ProcessStartInfo("/usr/sbin/ip", arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        string said = ip.StandardError.ReadToEnd();
        ip.WaitForExit();
        return (ip.ExitCode, said);
    }
}

/// <param name="Interface">Its cable's end at the bridge.</param>
internal sealed record Machine(string Namespace, string Interface, string Address);
