"""The table of cases: each played by each tool in a repository of its own."""
import trees
from cases import CASES
from judge import judge, look


def cases(place, tools):
    print('| case | ' + ' | '.join(tool.name for tool in tools) + ' |')
    print('|---|' + '---|' * len(tools))
    for number, case in enumerate(CASES):
        folder = place.folder / f'case-{number}'
        verdicts = [play(case, tool, folder / str(column)) for column, tool in enumerate(tools)]
        print(f'| {case.title} | ' + ' | '.join(verdicts) + ' |', flush=True)


def play(case, tool, folder):
    tool.start(folder, '1.0.0', case.first())
    repo = folder / 'repo'
    trees.write(repo, case.team)
    tool.commit(repo, 'Our edit')
    trees.write(repo, case.ignored)
    tool.publish(folder, '1.1.0', case.second(), case.renames)
    before = look(tool, folder)
    done = tool.place.run(tool.update(), repo)
    return judge(case, before, look(tool, folder), done)
