using System.Diagnostics;
using System.Globalization;
using Npgsql;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Cluster;

/// <summary>The server process of the tests' databases, whose supervision starts it again whenever it has ended.</summary>
internal sealed class DatabaseServer(TestDatabase database)
{
    /// <summary>Ends it, and waits until it runs again.</summary>
    /// <param name="signal">`INT`: it ends its sessions and stops. `KILL`: it recovers from its log.</param>
    public async Task RestartAsync(string signal)
    {
        int before = await ProcessIdAsync();
        using (Process kill = Process.Start("kill", [$"-{signal}", before.ToString(CultureInfo.InvariantCulture)])!) await kill.WaitForExitAsync();
        await Eventually.HoldsAsync(async () => await IsAnotherAsync(before), "the database runs again");
        // Connections to the one before.
        database.Source.Clear();
    }

    /// <summary>Lets machines of a network in.</summary>
    /// <returns>Closes it again.</returns>
    public async Task<IAsyncDisposable> OpenAsync(ClusterNetwork network)
    {
        string rules = await ShowAsync("hba_file"), before = await File.ReadAllTextAsync(rules);
        await ExecuteAsync($"ALTER SYSTEM SET listen_addresses = '{network.OwnAddress}'");
        // Written into, and not anew: it belongs to the account of the server.
        await File.AppendAllTextAsync(rules, $"\nhost all all {network.Subnet} scram-sha-256\n");
        await RestartAsync("INT");
        return new Opened(this, rules, before);
    }

    private async Task<int> ProcessIdAsync() =>
        int.Parse(File.ReadLines(Path.Combine(await ShowAsync("data_directory"), "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private async Task<bool> IsAnotherAsync(int before)
    {
        try
        {
            return await ProcessIdAsync() != before;
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            return false;
        }
    }

    private async Task<string> ShowAsync(string setting)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database.AdministratorConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"SHOW {setting}");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database.AdministratorConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Opened(DatabaseServer server, string rules, string before) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await server.ExecuteAsync("ALTER SYSTEM RESET listen_addresses");
            await File.WriteAllTextAsync(rules, before);
            await server.RestartAsync("INT");
        }
    }
}
