# Windows: makes .venv where there is none, then runs manage.py with every argument.
#
#   ./manage.ps1 run_sim 1 --ticks 10
#
# The first time it also makes the database with presets and example synapses.
# The exit code is that of manage.py, or 1 where the set-up failed.

$ErrorActionPreference = 'Continue'
$Here = $PSScriptRoot
$Venv = Join-Path $Here '.venv'
$Windows = $env:OS -eq 'Windows_NT'
$Python = if ($Windows) { Join-Path $Venv 'Scripts\python.exe' } else { Join-Path $Venv 'bin/python' }
$Requirements = Join-Path $Here 'requirements.txt'
$Manage = Join-Path $Here 'manage.py'
$NewEnough = 'import sys; sys.exit(sys.version_info < (3, 13))'
$Problem = ''

function Test-Python($Exe, $Options) {
    if (-not (Get-Command $Exe -ErrorAction SilentlyContinue)) { return $false }
    & $Exe @Options -c $NewEnough *> $null
    return ($LASTEXITCODE -eq 0)
}

function Find-Python {
    $candidates = @(
        @('py', '-3.13'), @('py', '-3.14'), @('python3.13'), @('python3.14'), @('python3'), @('python')
    )
    foreach ($candidate in $candidates) {
        $options = @($candidate | Select-Object -Skip 1)
        if (Test-Python $candidate[0] $options) { return $candidate }
    }
    return @()
}

function New-Venv {
    $command = @(Find-Python)
    if ($command.Count -eq 0) {
        $script:Problem = 'This project needs Python 3.13 or newer, and none was found: install it from python.org or the Microsoft Store.'
        return
    }
    $exe = $command[0]
    $options = @($command | Select-Object -Skip 1)
    & $exe @options -c 'import ensurepip, venv' *> $null
    if ($LASTEXITCODE -ne 0) {
        $script:Problem = "Python's venv module is missing for $exe."
        return
    }
    Write-Host "Making $Venv."
    & $exe @options -m venv --clear $Venv | Out-Host
    if ($LASTEXITCODE -ne 0) { $script:Problem = "The virtual environment $Venv could not be made." }
}

function Install-Requirements {
    Write-Host 'Installing requirements.txt (once).'
    $log = Join-Path $Venv 'install.log'
    & $Python -m pip install --quiet --only-binary ':all:' --disable-pip-version-check --no-input --retries 2 -r $Requirements *> $log
    if ($LASTEXITCODE -eq 0) { return }
    if (Select-String -Quiet -Path $log -Pattern 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|ConnectionResetError|ConnectionRefusedError|unreachable') {
        $script:Problem = 'The requirements could not be fetched: there is no network, or the package index does not answer.'
    } else {
        $script:Problem = "Installing requirements.txt failed; $log says why."
    }
}

function Stop-IfProblem {
    if ($script:Problem) {
        [Console]::Error.WriteLine($script:Problem)
        exit 1
    }
}

$Stamp = Join-Path $Venv ('.installed-' + (Get-FileHash -Algorithm SHA256 $Requirements).Hash)
if (-not (Test-Path $Stamp)) {
    if (-not ((Test-Path $Python) -and (Test-Python $Python @()))) { New-Venv }
    Stop-IfProblem
    Install-Requirements
    Stop-IfProblem
    New-Item -ItemType File -Path $Stamp | Out-Null
}

if (-not $env:DATABASE_URL -and -not (Test-Path (Join-Path $Here 'db.sqlite3'))) {
    & $Python $Manage prepare --no-admin | Out-Host
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

& $Python $Manage @args
exit $LASTEXITCODE
